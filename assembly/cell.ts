// The LSTM cell and its gradient on rows of padded gates, and the row moves around it.
// A row holds the gates i, f, g, o one after another, each `pad` floats wide. Lanes past the hidden size hold anything;
// they feed no other lane, and no product reads them.
import { fma, fnma, splatAt } from "./lanes";
import { sigmoid4, tanh4 } from "./math";

const ONE = memory.data<f32>([1]);

/** gates = the four activations of gates + bias; c = f cOld + i g; h = o tanh(c), its rows hRow bytes apart */
export function cell(
  gates: usize, bias: usize, cOld: usize, c: usize, h: usize, hRow: usize, m: usize, pad: usize,
): void {
  const gate = pad << 2, gate2 = gate * 2, gate3 = gate * 3;
  for (let row: usize = 0; row < m; row++) {
    const stop = gates + gate;
    let to = h, b = bias;
    while (gates < stop) {
      const i = sigmoid4(f32x4.add(v128.load(gates), v128.load(b)));
      v128.store(gates, i);
      const f = sigmoid4(f32x4.add(v128.load(gates + gate), v128.load(b + gate)));
      v128.store(gates + gate, f);
      const g = tanh4(f32x4.add(v128.load(gates + gate2), v128.load(b + gate2)));
      v128.store(gates + gate2, g);
      const o = sigmoid4(f32x4.add(v128.load(gates + gate3), v128.load(b + gate3)));
      v128.store(gates + gate3, o);
      const now = fma(f, v128.load(cOld), f32x4.mul(i, g));
      v128.store(c, now);
      v128.store(to, f32x4.mul(o, tanh4(now)));
      gates += 16;
      b += 16;
      cOld += 16;
      c += 16;
      to += 16;
    }
    gates += gate3;
    h += hRow;
  }
}

/** dGates = the gradient before the activations, from dh and dc; dc becomes that of cOld; h = o tanh(c) unless 0 */
export function cellGrad(
  gates: usize, cOld: usize, c: usize, dh: usize, dhRow: usize, dc: usize, dGates: usize, h: usize,
  m: usize, pad: usize,
): void {
  const gate = pad << 2, gate2 = gate * 2, gate3 = gate * 3;
  const one = splatAt(ONE, 0);
  for (let row: usize = 0; row < m; row++) {
    const stop = gates + gate;
    let from = dh;
    while (gates < stop) {
      const t = tanh4(v128.load(c));
      const o = v128.load(gates + gate3);
      const dy = v128.load(from);
      const y = f32x4.mul(o, t);
      if (h) {
        v128.store(h, y);
        h += 16;
      }
      v128.store(dGates + gate3, f32x4.mul(f32x4.mul(dy, y), f32x4.sub(one, o)));
      const d = fma(f32x4.mul(dy, o), fnma(t, t, one), v128.load(dc));
      const i = v128.load(gates), g = v128.load(gates + gate2);
      const di = f32x4.mul(d, i);
      v128.store(dGates, f32x4.mul(f32x4.mul(di, g), f32x4.sub(one, i)));
      v128.store(dGates + gate2, f32x4.mul(di, fnma(g, g, one)));
      const f = v128.load(gates + gate);
      const df = f32x4.mul(d, f);
      v128.store(dGates + gate, f32x4.mul(f32x4.mul(df, v128.load(cOld)), f32x4.sub(one, f)));
      v128.store(dc, df);
      gates += 16;
      cOld += 16;
      c += 16;
      from += 16;
      dc += 16;
      dGates += 16;
    }
    gates += gate3;
    dGates += gate3;
    dh += dhRow;
  }
}

@unmanaged class Copy {
  @inline four(x: usize, y: usize): void { v128.store(y, v128.load(x)); }
  @inline one(x: usize, y: usize): void { store<f32>(y, load<f32>(x)); }
}
@unmanaged class Add {
  @inline four(x: usize, y: usize): void { v128.store(y, f32x4.add(v128.load(y), v128.load(x))); }
  @inline one(x: usize, y: usize): void { store<f32>(y, load<f32>(y) + load<f32>(x)); }
}

// @ts-expect-error: decorator
@inline
function rows<Op>(x: usize, xRow: usize, y: usize, yRow: usize, m: usize, n: usize): void {
  for (let row: usize = 0; row < m; row++) {
    const stop = x + (n << 2), stop4 = x + ((n & ~3) << 2);
    let from = x, to = y;
    while (from < stop4) {
      changetype<Op>(0).four(from, to);
      from += 16;
      to += 16;
    }
    while (from < stop) {
      changetype<Op>(0).one(from, to);
      from += 4;
      to += 4;
    }
    x += xRow;
    y += yRow;
  }
}

/** m rows of n floats, exactly: y = x; row strides in bytes */
export function copyRows(x: usize, xRow: usize, y: usize, yRow: usize, m: usize, n: usize): void {
  rows<Copy>(x, xRow, y, yRow, m, n);
}

/** y += x */
export function addRows(x: usize, xRow: usize, y: usize, yRow: usize, m: usize, n: usize): void {
  rows<Add>(x, xRow, y, yRow, m, n);
}

/** y[n] = the sum of m rows of x, n a multiple of 4: in blocks of 64 rows, so that rounding grows with m / 64 */
export function sumRows(x: usize, y: usize, work: usize, m: usize, n: usize): void {
  const row = n << 2;
  memory.fill(y, 0, row);
  for (let i: usize = 0; i < m; i += 64) {
    const count = min<usize>(m - i, 64);
    memory.fill(work, 0, row);
    addRows(x, row, work, 0, count, n);
    addRows(work, 0, y, 0, 1, n);
    x += count * row;
  }
}
