export function toText(bytes: Uint8Array): string;
export function difference(from: Buffer, to: Buffer): Uint8Array<ArrayBuffer>;
