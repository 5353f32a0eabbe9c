// Selection by index or mask over [outer, n, inner] layouts, reversal of a dim, triangles; and their gradients.
import { addInto, copyRows } from "./movement";

/** y[o, j, i] = x[o, index[o, j, i], i], with n positions in x and m in index and y */
export function gather(x: usize, index: usize, y: usize, outer: usize, n: usize, m: usize, inner: usize): void {
  const row = inner << 2;
  for (; outer; outer--) {
    for (let j = m; j; j--) {
      for (let i: usize = 0; i < row; i += 4) {
        store<u32>(y, load<u32>(x + <usize>load<u32>(index) * row + i));
        index += 4;
        y += 4;
      }
    }
    x += n * row;
  }
}

/** gx[o, index[o, j, i], i] += gy[o, j, i] */
export function gatherGrad(
  index: usize, gy: usize, gx: usize, outer: usize, n: usize, m: usize, inner: usize,
): void {
  const row = inner << 2;
  for (; outer; outer--) {
    for (let j = m; j; j--) {
      for (let i: usize = 0; i < row; i += 4) {
        const g = gx + <usize>load<u32>(index) * row + i;
        store<f32>(g, load<f32>(g) + load<f32>(gy));
        index += 4;
        gy += 4;
      }
    }
    gx += n * row;
  }
}

/** y[o, j, :] = x[o, index[j], :], with n positions in x and m in index and y */
export function indexSelect(x: usize, index: usize, y: usize, outer: usize, n: usize, m: usize, inner: usize): void {
  const row = inner << 2;
  const stop = index + (m << 2);
  for (; outer; outer--) {
    for (let j = index; j < stop; j += 4) {
      copyRows(x + <usize>load<u32>(j) * row, y, 1, inner, 0, 0);
      y += row;
    }
    x += n * row;
  }
}

/** gx[o, index[j], :] += gy[o, j, :] */
export function indexSelectGrad(
  index: usize, gy: usize, gx: usize, outer: usize, n: usize, m: usize, inner: usize,
): void {
  const row = inner << 2;
  const stop = index + (m << 2);
  for (; outer; outer--) {
    for (let j = index; j < stop; j += 4) {
      addInto(gy, gx + <usize>load<u32>(j) * row, inner);
      gy += row;
    }
    gx += n * row;
  }
}

/** y[o, j, :] = x[o, n - 1 - j, :] */
export function flip(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const row = inner << 2;
  for (; outer; outer--) {
    y += n * row;
    let j = n;
    for (; inner === 1 && j >= 4; j -= 4) {
      y -= 16;
      const v = v128.load(x);
      v128.store(y, v128.shuffle<u32>(v, v, 3, 2, 1, 0));
      x += 16;
    }
    for (; j; j--) {
      y -= row;
      copyRows(x, y, 1, inner, 0, 0);
      x += row;
    }
    y += n * row;
  }
}

/** gx[o, n - 1 - j, :] += gy[o, j, :] */
export function flipGrad(gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  const row = inner << 2;
  for (; outer; outer--) {
    gx += n * row;
    for (let j = n; j; j--) {
      gx -= row;
      addInto(gy, gx, inner);
      gy += row;
    }
    gx += n * row;
  }
}

// Where the diagonal cuts row i.
// @ts-ignore: decorator
@inline
function edge(i: i32, m: usize, upper: usize, diagonal: i32): usize {
  return max<i32>(0, min<i32>(<i32>m, i + diagonal + (upper ? 0 : 1)));
}

/** y = the part of each of batch n x m matrices on and above (upper = 1) or on and below (0) a diagonal, in a zeroed y */
export function triangle(
  x: usize, y: usize, batch: usize, n: usize, m: usize, upper: usize, diagonal: i32,
): void {
  for (; batch; batch--) {
    for (let i: i32 = 0; i < <i32>n; i++) {
      const at = edge(i, m, upper, diagonal);
      if (upper) copyRows(x + (at << 2), y + (at << 2), 1, m - at, 0, 0);
      else copyRows(x, y, 1, at, 0, 0);
      x += m << 2;
      y += m << 2;
    }
  }
}

/** gx += gy on that part */
export function triangleGrad(
  gy: usize, gx: usize, batch: usize, n: usize, m: usize, upper: usize, diagonal: i32,
): void {
  for (; batch; batch--) {
    for (let i: i32 = 0; i < <i32>n; i++) {
      const at = edge(i, m, upper, diagonal);
      if (upper) addInto(gy + (at << 2), gx + (at << 2), m - at);
      else addInto(gy, gx, at);
      gy += m << 2;
      gx += m << 2;
    }
  }
}
