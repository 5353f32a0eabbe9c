// Whether this is one of Cloudflare's isolates, which compile no bytes after their start and hold 128 MB.

const { navigator } = globalThis as { navigator?: { userAgent?: string } };

export const isIsolate: boolean = navigator?.userAgent === "Cloudflare-Workers";
