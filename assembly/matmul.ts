// Matrix products: gemm with any strides, batches of it, and the linear layer with its gradients.
import { blockedWork } from "./gemm";
import { product, turnedWork } from "./product";

/** Scratch bytes of gemm and of each product below */
export function gemmWork(m: usize, n: usize, k: usize): usize {
  return max(blockedWork(m, k), turnedWork(m, n, k));
}

/**
 * y[m, n] = (accumulate ? y : 0) + A[m, k] B[k, n]; A[i, p] at a + 4 (i aRow + p aCol), B likewise,
 * rows of y yRow apart
 */
export function gemm(
  a: usize, b: usize, y: usize, work: usize, m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, bCol: usize, yRow: usize, accumulate: usize,
): void {
  product(a, b, y, accumulate ? y : 0, work, m, n, k, aRow, aCol, bRow, bCol, yRow, yRow);
}

/** gemm of each of `batch` pairs, aStep, bStep and yStep elements apart */
export function batchedGemm(
  a: usize, b: usize, y: usize, work: usize, batch: usize, aStep: usize, bStep: usize, yStep: usize,
  m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, bCol: usize, yRow: usize, accumulate: usize,
): void {
  for (let i: usize = 0; i < batch; i++) {
    gemm(a, b, y, work, m, n, k, aRow, aCol, bRow, bCol, yRow, accumulate);
    a += aStep << 2;
    b += bStep << 2;
    y += yStep << 2;
  }
}

/** y[m, n] = x[m, k] w[n, k]^T + bias[n]; bias may be 0 */
export function linear(
  x: usize, w: usize, bias: usize, y: usize, work: usize, m: usize, n: usize, k: usize,
): void {
  product(x, w, y, bias, work, m, n, k, k, 1, 1, k, n, 0);
}

/** gx[m, k] += gy[m, n] w[n, k] */
export function linearGradX(gy: usize, w: usize, gx: usize, work: usize, m: usize, n: usize, k: usize): void {
  product(gy, w, gx, gx, work, m, k, n, n, 1, k, 1, k, k);
}

/** gw[n, k] += gy[m, n]^T x[m, k] */
export function linearGradW(gy: usize, x: usize, gw: usize, work: usize, m: usize, n: usize, k: usize): void {
  product(gy, x, gw, gw, work, n, k, m, 1, n, k, 1, k, k);
}

/** gb[n] += the sum of the m rows of gy, in blocks of 256 rows so that rounding grows with m / 256 */
export function linearGradBias(gy: usize, gb: usize, m: usize, n: usize): void {
  const row = n << 2;
  for (let i: usize = 0; i < m; i += 256) {
    const rows = min<usize>(m - i, 256);
    let j: usize = 0;
    // a whole line of the cache a row
    for (; j + 16 <= n; j += 16) {
      let x = gy + (j << 2);
      let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
      const end = x + rows * row;
      while (x < end) {
        s0 = f32x4.add(s0, v128.load(x));
        s1 = f32x4.add(s1, v128.load(x, 16));
        s2 = f32x4.add(s2, v128.load(x, 32));
        s3 = f32x4.add(s3, v128.load(x, 48));
        x += row;
      }
      const to = gb + (j << 2);
      v128.store(to, f32x4.add(v128.load(to), s0));
      v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
      v128.store(to, f32x4.add(v128.load(to, 32), s2), 32);
      v128.store(to, f32x4.add(v128.load(to, 48), s3), 48);
    }
    for (; j + 4 <= n; j += 4) {
      let x = gy + (j << 2), sum = f32x4.splat(0);
      const end = x + rows * row;
      while (x < end) {
        sum = f32x4.add(sum, v128.load(x));
        x += row;
      }
      const to = gb + (j << 2);
      v128.store(to, f32x4.add(v128.load(to), sum));
    }
    for (; j < n; j++) {
      let x = gy + (j << 2), sum: f32 = 0;
      const end = x + rows * row;
      while (x < end) {
        sum += load<f32>(x);
        x += row;
      }
      const to = gb + (j << 2);
      store<f32>(to, load<f32>(to) + sum);
    }
    gy += rows * row;
  }
}

/** y[m, n] = A[m, k] B[k, n] of int32, modulo 2^32; any strides, in elements */
export function gemmInt(
  a: usize, b: usize, y: usize, m: usize, n: usize, k: usize, aRow: usize, aCol: usize, bRow: usize, bCol: usize,
): void {
  memory.fill(y, 0, (m * n) << 2);
  for (let i: usize = 0; i < m; i++) {
    for (let p: usize = 0; p < k; p++) {
      const s = load<i32>(a + ((i * aRow + p * aCol) << 2));
      let from = b + ((p * bRow) << 2);
      for (let j: usize = 0; j < n << 2; j += 4) {
        store<i32>(y + j, load<i32>(y + j) + s * load<i32>(from));
        from += bCol << 2;
      }
    }
    y += n << 2;
  }
}
