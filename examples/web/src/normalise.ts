// A drawing as MNIST has its digits: fitted into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The part of the drawing that has ink; null where there is none. */
function boxOf(ink: Float32Array, size: number): Box | null {
  const box = { left: size, top: size, right: -1, bottom: -1 };
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if ((ink[y * size + x] as number) < 0.1) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
  }
  return box.right < 0 ? null : box;
}

/** The mean of the drawing over a cell with fractional edges. */
function mean(ink: Float32Array, size: number, x0: number, y0: number, side: number): number {
  let sum = 0;
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(size, y0 + side); y++) {
    const h = Math.min(y + 1, y0 + side) - Math.max(y, y0);
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(size, x0 + side); x++) {
      sum += (ink[y * size + x] as number) * h * (Math.min(x + 1, x0 + side) - Math.max(x, x0));
    }
  }
  return sum / (side * side);
}

/** `ink`: size x size values from 0 to 1. Gives 28 x 28 of them, or null for an empty drawing. */
export function normalise(ink: Float32Array, size: number): Float32Array<ArrayBuffer> | null {
  const box = boxOf(ink, size);
  if (box === null) return null;
  // a dot should not fill the picture
  const side = Math.max(box.right - box.left + 1, box.bottom - box.top + 1, size / 5);
  const cell = side / 20;
  let [mass, mx, my] = [0, 0, 0];
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const v = ink[y * size + x] as number;
      mass += v;
      mx += v * (x + 0.5);
      my += v * (y + 0.5);
    }
  }
  const x0 = mx / mass - 14 * cell;
  const y0 = my / mass - 14 * cell;
  const out = new Float32Array(28 * 28);
  for (let i = 0; i < out.length; i++) {
    // strokes drawn here are as dark as a pen's; MNIST's are a little bolder after its own scaling
    out[i] = Math.min(1, 1.15 * mean(ink, size, x0 + (i % 28) * cell, y0 + Math.floor(i / 28) * cell, cell));
  }
  return out;
}
