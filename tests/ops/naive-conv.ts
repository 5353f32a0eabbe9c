// A convolution by its definition, in float64, and its gradients: what the kernels are held against on random geometry.

export interface Geometry {
  n: number;
  c: number;
  h: number;
  w: number;
  o: number;
  kernel: [number, number];
  stride: [number, number];
  /** Before rows and columns. */
  padding: [number, number];
  dilation: [number, number];
  groups: number;
  oh: number;
  ow: number;
}

type Values = ArrayLike<number>;

/** Calls `visit` for every product of an element of x, one of the weight and one of y: their indices. */
function products(g: Geometry, visit: (x: number, w: number, y: number) => void): void {
  const inner = g.c / g.groups;
  const outer = g.o / g.groups;
  const [kh, kw] = g.kernel;
  for (let y = 0; y < g.n * g.o * g.oh * g.ow; y++) {
    const column = y % g.ow;
    const row = Math.floor(y / g.ow) % g.oh;
    const o = Math.floor(y / (g.ow * g.oh)) % g.o;
    const n = Math.floor(y / (g.ow * g.oh * g.o));
    for (let tap = 0; tap < inner * kh * kw; tap++) {
      const iy = row * g.stride[0] + (Math.floor(tap / kw) % kh) * g.dilation[0] - g.padding[0];
      const ix = column * g.stride[1] + (tap % kw) * g.dilation[1] - g.padding[1];
      if (iy < 0 || iy >= g.h || ix < 0 || ix >= g.w) continue;
      const c = Math.floor(o / outer) * inner + Math.floor(tap / (kh * kw));
      visit(((n * g.c + c) * g.h + iy) * g.w + ix, o * inner * kh * kw + tap, y);
    }
  }
}

export function naiveConv2d(
  g: Geometry,
  x: Values,
  weight: Values,
  bias: Values,
  gy: Values,
): { y: Float64Array; gx: Float64Array; gw: Float64Array; gb: Float64Array } {
  const area = g.oh * g.ow;
  const y = new Float64Array(g.n * g.o * area);
  const gx = new Float64Array(x.length);
  const gw = new Float64Array(weight.length);
  const gb = new Float64Array(g.o);
  for (let i = 0; i < y.length; i++) {
    const o = Math.floor(i / area) % g.o;
    y[i] = bias[o] as number;
    gb[o] = (gb[o] as number) + (gy[i] as number);
  }
  products(g, (i, j, k) => {
    y[k] = (y[k] as number) + (x[i] as number) * (weight[j] as number);
    gx[i] = (gx[i] as number) + (gy[k] as number) * (weight[j] as number);
    gw[j] = (gw[j] as number) + (gy[k] as number) * (x[i] as number);
  });
  return { y, gx, gw, gb };
}
