// Between the two dtypes: float32 and int32.

/** y = float(x) */
export function toFloat32(x: usize, y: usize, n: usize): void {
  const stop = x + n * 4;
  while (x < stop) {
    v128.store(y, f32x4.convert_i32x4_s(v128.load(x)));
    x += 16;
    y += 16;
  }
}

/** y = int(x), towards zero; NaN gives 0, the ends saturate */
export function toInt32(x: usize, y: usize, n: usize): void {
  const stop = x + n * 4;
  while (x < stop) {
    v128.store(y, i32x4.trunc_sat_f32x4_s(v128.load(x)));
    x += 16;
    y += 16;
  }
}
