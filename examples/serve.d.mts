import type { Server } from "node:http";

export function serve(folder: string, port?: number, headers?: Record<string, string>): Promise<Server>;
