export function pack(...builds: Uint8Array[]): string;
