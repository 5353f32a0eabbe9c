// 4 x 4 blocks transposed in registers.

/** Stores vectors of the same lane of a, b, c and d: at y, and then `apart` bytes from each other */
// @ts-ignore: decorator
@inline
export function turn(a: v128, b: v128, c: v128, d: v128, y: usize, apart: usize): void {
  const e = v128.shuffle<f32>(a, b, 0, 4, 1, 5), f = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const g = v128.shuffle<f32>(a, b, 2, 6, 3, 7), h = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(e, f, 0, 1, 4, 5));
  v128.store((y += apart), v128.shuffle<f32>(e, f, 2, 3, 6, 7));
  v128.store((y += apart), v128.shuffle<f32>(g, h, 0, 1, 4, 5));
  v128.store(y + apart, v128.shuffle<f32>(g, h, 2, 3, 6, 7));
}

/** b[j][i] = a[i][j] of 4 x 4 words, rows as bytes apart in a and bs in b */
// @ts-ignore: decorator
@inline
export function transpose4(a: usize, as: usize, b: usize, bs: usize): void {
  turn(v128.load(a), v128.load(a + as), v128.load(a + as * 2), v128.load(a + as * 3), b, bs);
}

/** s[j][i] += c[i][j] of 4 x 4 floats; each row of s is stored before the next is read, so overlapping rows add up */
// @ts-ignore: decorator
@inline
export function transposeAdd4(s: usize, ss: usize, c: usize, cs: usize): void {
  const c0 = v128.load(c);
  const c1 = v128.load(c + cs);
  const c2 = v128.load(c + cs * 2);
  const c3 = v128.load(c + cs * 3);
  const p = v128.shuffle<f32>(c0, c1, 0, 4, 1, 5);
  const q = v128.shuffle<f32>(c2, c3, 0, 4, 1, 5);
  const r = v128.shuffle<f32>(c0, c1, 2, 6, 3, 7);
  const t = v128.shuffle<f32>(c2, c3, 2, 6, 3, 7);
  v128.store(s, f32x4.add(v128.load(s), v128.shuffle<f32>(p, q, 0, 1, 4, 5)));
  s += ss;
  v128.store(s, f32x4.add(v128.load(s), v128.shuffle<f32>(p, q, 2, 3, 6, 7)));
  s += ss;
  v128.store(s, f32x4.add(v128.load(s), v128.shuffle<f32>(r, t, 0, 1, 4, 5)));
  s += ss;
  v128.store(s, f32x4.add(v128.load(s), v128.shuffle<f32>(r, t, 2, 3, 6, 7)));
}
