// Cross entropy over [n, c, l] with the log-softmax inside: against class indices or probabilities, with class weights
// w (0: all 1) and label smoothing; each place's loss (`each`) or their sum. Negative log likelihood beside it.
// Forward leaves e = exp(x - max) and a few numbers a place, so that the gradients cost no exponential.
// The l places of a sample lie side by side: a single one goes along its row, more go in panels of columns.
import { expColumns, expRow, MAX, maxRow, PANEL, SUM } from "./falls";
import { firstLanes, fma, fnma, storeMasked, sumLanesF64 } from "./lanes";
import { log4 } from "./math";
import { scaleGrad } from "./moments";

const ONES = memory.data<f32>([1, 1, 1, 1]);
/** Two numbers more of each column of a panel. */
const U = memory.data(256, 16);
const V = memory.data(256, 16);

// @ts-ignore: decorator
@inline
function at(p: usize, i: usize): f32 {
  return load<f32>(p + (i << 2));
}

// @ts-ignore: decorator
@inline
function put(p: usize, i: usize, value: f32): void {
  store<f32>(p + (i << 2), value);
}

// The share of class j in the target is t[j] * a + b; where t is 0, it is 1.

/** U = sum of share * w, V = sum of share * w * (x - MAX), along a row of n classes */
function rowTerms(x: usize, t: usize, w: usize, n: usize, a: f32, b: f32): void {
  const ts: usize = t ? 16 : 0, ws: usize = w ? 16 : 0, end = x + n * 4;
  const max = v128.load32_splat(MAX), slope = f32x4.splat(t ? a : 1), base = f32x4.splat(t ? b : 0);
  let u = f32x4.splat(0), v = u;
  t = t ? t : ONES;
  w = w ? w : ONES;
  for (; x < end; x += 16, t += ts, w += ws) {
    const mask = firstLanes(min<usize>((end - x) >> 2, 4));
    const share = f32x4.mul(fma(v128.load(t), slope, base), v128.load(w));
    u = f32x4.add(u, v128.and(share, mask));
    v = f32x4.add(v, v128.and(f32x4.mul(share, f32x4.sub(v128.load(x), max)), mask));
  }
  put(U, 0, <f32>sumLanesF64(u));
  put(V, 0, <f32>sumLanesF64(v));
}

/** The same for the columns of a panel, `size` bytes wide. */
function columnTerms(x: usize, t: usize, w: usize, n: usize, step: usize, size: usize, a: f32, b: f32): void {
  const slope = f32x4.splat(a), base = f32x4.splat(b);
  for (let j: usize = 0; j < size; j += 16) {
    v128.store(U + j, f32x4.splat(0));
    v128.store(V + j, f32x4.splat(0));
  }
  for (let i: usize = 0; i < n; i++, x += step) {
    const weight = v128.load32_splat(w ? w + i * 4 : ONES);
    for (let j: usize = 0; j < size; j += 16) {
      const share = t ? f32x4.mul(fma(v128.load(t + j), slope, base), weight) : weight;
      v128.store(U + j, f32x4.add(v128.load(U + j), share));
      v128.store(V + j, fma(share, f32x4.sub(v128.load(x + j), v128.load(MAX + j)), v128.load(V + j)));
    }
    if (t) t += step;
  }
}

/** gx += U * e - V * share * w along a row */
function rowSpread(e: usize, t: usize, w: usize, gx: usize, n: usize, a: f32, b: f32): void {
  const ts: usize = t ? 16 : 0, ws: usize = w ? 16 : 0, end = e + n * 4, v = at(V, 0);
  const scale = v128.load32_splat(U), slope = f32x4.splat(t ? a * v : v), base = f32x4.splat(t ? b * v : 0);
  t = t ? t : ONES;
  w = w ? w : ONES;
  for (; e < end; e += 16, gx += 16, t += ts, w += ws) {
    const share = fma(v128.load(t), slope, base);
    const d = fnma(share, v128.load(w), f32x4.mul(v128.load(e), scale));
    storeMasked(gx, f32x4.add(v128.load(gx), d), firstLanes(min<usize>((end - e) >> 2, 4)));
  }
}

/** gx += U * e - V * share * w down the columns of a panel */
function columnSpread(
  e: usize, t: usize, w: usize, gx: usize, n: usize, step: usize, size: usize, a: f32, b: f32,
): void {
  const slope = f32x4.splat(a), base = f32x4.splat(b);
  for (let i: usize = 0; i < n; i++, e += step, gx += step) {
    const weight = v128.load32_splat(w ? w + i * 4 : ONES);
    for (let j: usize = 0; j < size; j += 16) {
      const share = t ? f32x4.mul(fma(v128.load(t + j), slope, base), weight) : weight;
      const d = fnma(share, v128.load(V + j), f32x4.mul(v128.load(e + j), v128.load(U + j)));
      storeMasked(gx + j, f32x4.add(v128.load(gx + j), d), firstLanes(min<usize>((size - j) >> 2, 4)));
    }
    if (t) t += step;
  }
}

/** Of `width` places from x on: MAX, the log of the sum in SUM, e, its scale at inv; and U and V for `terms`. */
function panel(
  x: usize, t: usize, w: usize, e: usize, inv: usize, c: usize, l: usize, width: usize, terms: bool, a: f32, b: f32,
): void {
  const size = width * 4;
  if (l == 1) {
    const m = maxRow(x, c);
    put(MAX, 0, m);
    put(SUM, 0, expRow(x, e, c, m));
    if (terms) rowTerms(x, t, w, c, a, b);
  } else {
    expColumns(x, e, c, l * 4, width);
    if (terms) columnTerms(x, t, w, c, l * 4, size, a, b);
  }
  for (let j: usize = 0; j < size; j += 16) {
    const s = v128.load(SUM + j);
    storeMasked(inv + j, f32x4.div(v128.load(ONES), s), firstLanes(min<usize>((size - j) >> 2, 4)));
    v128.store(SUM + j, log4(s));
  }
}

/**
 * y = -(1 - s) w[t] log p[t] - s / c * sum of w log p, 0 where t is `ignore`; mean: over the sum of w[t] (total).
 * e: of one sample when es is 0, else of all, es bytes apart. inv: 1 / sum(e) of each place.
 */
export function crossEntropy(
  x: usize, t: usize, w: usize, y: usize, e: usize, inv: usize, total: usize, n: usize, c: usize, l: usize, es: usize,
  ignore: usize, smoothing: f32, each: bool, mean: bool,
): void {
  const rest = smoothing / <f32>c;
  let sum: f64 = 0, smooth: f64 = 0, weights: f64 = 0;
  for (; n; n--, x += c * l * 4, e += es) {
    for (let j: usize = 0; j < l; j += PANEL) {
      const width = min(l - j, PANEL), start = x + j * 4;
      panel(start, 0, w, e + j * 4, inv, c, l, width, smoothing > 0, 0, 0);
      for (let q: usize = 0; q < width; q++, t += 4) {
        const k = load<usize>(t);
        let loss: f32 = 0;
        if (k != ignore) {
          const weight = w ? at(w, k) : <f32>1, log = at(SUM, q);
          loss = (<f32>1 - smoothing) * weight * (log - (at(start, k * l + q) - at(MAX, q)));
          sum += loss;
          if (smoothing > 0) {
            const spread = rest * (at(U, q) * log - at(V, q));
            loss += spread;
            smooth += spread;
          }
          weights += weight;
        }
        if (each) put(y, q, loss);
      }
      if (each) y += width * 4;
      inv += width * 4;
    }
  }
  store<f32>(total, <f32>weights);
  // two quotients as in PyTorch: without any weight the first is NaN while the second may be Inf
  if (!each) store<f32>(y, <f32>(mean ? sum / weights + smooth / weights : sum + smooth));
}

export function crossEntropyGrad(
  e: usize, inv: usize, total: usize, t: usize, w: usize, gy: usize, gx: usize, n: usize, c: usize, l: usize,
  ignore: usize, smoothing: f32, each: bool, mean: bool,
): void {
  const scale = mean ? <f32>1 / load<f32>(total) : <f32>1;
  const rest = smoothing / <f32>c, keep = <f32>1 - smoothing, smooth = smoothing > 0;
  let all: f32 = <f32>c;
  if (w && smooth) {
    all = 0;
    for (let i: usize = 0; i < c; i++) all += at(w, i);
  }
  for (; n; n--, e += c * l * 4, gx += c * l * 4) {
    for (let j: usize = 0; j < l; j += PANEL) {
      const width = min(l - j, PANEL), p = e + j * 4, g = gx + j * 4;
      for (let q: usize = 0; q < width; q++, gy += each ? 4 : 0) {
        const k = load<usize>(t + q * 4);
        let own: f32 = 0, share: f32 = 0;
        if (k != ignore) {
          const d = load<f32>(gy) * scale;
          own = d * keep * (w ? at(w, k) : <f32>1);
          share = d * rest;
        }
        put(MAX, q, own);
        put(U, q, (own + share * all) * at(inv, q));
        put(V, q, share);
      }
      if (l > 1) columnSpread(p, 0, smooth ? w : 0, g, c, l * 4, width * 4, 0, 0);
      else if (smooth) rowSpread(p, 0, w, g, c, 0, 0);
      else scaleGrad(p, g, c, at(U, 0));
      for (let q: usize = 0; q < width; q++, t += 4) {
        const k = load<usize>(t);
        if (k != ignore) put(g, k * l + q, at(g, k * l + q) - at(MAX, q));
      }
      inv += width * 4;
    }
  }
}

/**
 * y = -sum of w * (t (1 - s) + s / c) * log p over the classes, or the sum over all places / divisor.
 * stat, for the gradients: 1 / sum(e), sum of the weighted shares, max and log of the sum, each of all n * l places.
 */
export function crossEntropySoft(
  x: usize, t: usize, w: usize, y: usize, e: usize, stat: usize, n: usize, c: usize, l: usize, es: usize,
  smoothing: f32, each: bool, divisor: f32,
): void {
  const rest = smoothing / <f32>c, plane = n * l * 4, step = c * l * 4;
  let sum: f64 = 0;
  for (; n; n--, x += step, t += step, e += es) {
    for (let j: usize = 0; j < l; j += PANEL) {
      const width = min(l - j, PANEL);
      panel(x + j * 4, t + j * 4, w, e + j * 4, stat, c, l, width, true, <f32>1 - smoothing, rest);
      for (let q: usize = 0; q < width; q++, stat += 4) {
        const share = at(U, q), log = at(SUM, q), loss = share * log - at(V, q);
        store<f32>(stat + plane, share);
        store<f32>(stat + plane * 2, at(MAX, q));
        store<f32>(stat + plane * 3, log);
        sum += loss;
        if (each) put(y, q, loss);
      }
      if (each) y += width * 4;
    }
  }
  if (!each) store<f32>(y, <f32>(sum / <f64>divisor));
}

export function crossEntropySoftGrad(
  e: usize, t: usize, w: usize, stat: usize, gy: usize, gx: usize, n: usize, c: usize, l: usize,
  smoothing: f32, each: bool, divisor: f32,
): void {
  const rest = smoothing / <f32>c, plane = n * l * 4, step = c * l * 4;
  for (; n; n--, e += step, t += step, gx += step) {
    for (let j: usize = 0; j < l; j += PANEL) {
      const width = min(l - j, PANEL), from = j * 4;
      for (let q: usize = 0; q < width; q++, stat += 4, gy += each ? 4 : 0) {
        const d = load<f32>(gy) / divisor;
        put(U, q, d * load<f32>(stat) * load<f32>(stat + plane));
        put(V, q, d);
      }
      if (l > 1) columnSpread(e + from, t + from, w, gx + from, c, l * 4, width * 4, <f32>1 - smoothing, rest);
      else rowSpread(e, t, w, gx, c, <f32>1 - smoothing, rest);
    }
  }
}

/** gt -= gy * (1 - s) * w * log p */
export function crossEntropySoftGradTarget(
  x: usize, w: usize, stat: usize, gy: usize, gt: usize, n: usize, c: usize, l: usize,
  smoothing: f32, each: bool, divisor: f32,
): void {
  const plane = n * l * 4, scale = (<f32>1 - smoothing) / divisor;
  for (; n; n--, stat += l * 4, gy += each ? l * 4 : 0) {
    for (let k: usize = 0; k < c; k++) {
      const weight = scale * (w ? at(w, k) : <f32>1);
      for (let q: usize = 0; q < l; q++, x += 4, gt += 4) {
        const log = load<f32>(x) - at(stat + plane * 2, q) - at(stat + plane * 3, q);
        store<f32>(gt, load<f32>(gt) - weight * at(gy, each ? q : 0) * log);
      }
    }
  }
}

/** y = -w[t] x[t], 0 where t is `ignore`; or the sum, or the mean over the sum of the w[t], which is kept in total */
export function nllLoss(
  x: usize, t: usize, w: usize, y: usize, total: usize, n: usize, c: usize, l: usize, ignore: usize, each: bool,
  mean: bool,
): void {
  let sum: f64 = 0, weights: f64 = 0;
  for (; n; n--, x += c * l * 4) {
    for (let q: usize = 0; q < l; q++, t += 4) {
      const k = load<usize>(t);
      let loss: f32 = 0;
      if (k != ignore) {
        const weight = w ? at(w, k) : 1;
        loss = -weight * at(x, k * l + q);
        sum += loss;
        weights += weight;
      }
      if (each) put(y, q, loss);
    }
    if (each) y += l * 4;
  }
  store<f32>(total, <f32>weights);
  if (!each) store<f32>(y, <f32>(mean ? sum / weights : sum));
}

export function nllLossGrad(
  total: usize, t: usize, w: usize, gy: usize, gx: usize, n: usize, c: usize, l: usize, ignore: usize, each: bool,
  mean: bool,
): void {
  const scale = mean ? <f32>1 / load<f32>(total) : <f32>1;
  for (; n; n--, gx += c * l * 4) {
    for (let q: usize = 0; q < l; q++, t += 4, gy += each ? 4 : 0) {
      const k = load<usize>(t);
      if (k == ignore) continue;
      put(gx, k * l + q, at(gx, k * l + q) - load<f32>(gy) * scale * (w ? at(w, k) : <f32>1));
    }
  }
}

/** Index of the first of n targets that is neither a class below c nor `ignore`; n if there is none */
export function targetOutside(t: usize, n: usize, c: usize, ignore: usize): usize {
  let i: usize = 0;
  for (; i < n; i++) {
    const k = load<usize>(t + i * 4);
    if (k != ignore && k >= c) break;
  }
  return i;
}
