// Convolution of NCHW images: forward and the gradient of the input. `geometry` is the table of conv-shape.ts.
import { Geometry, planForward, planGradX } from "./conv-shape";
import { layOut, run } from "./conv-run";
import { biasSums, layOutWeights, weights } from "./conv-weight";

/** Scratch bytes of conv2d */
export function conv2dWork(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  return layOut(g, 0);
}

/** y[n, o, oh, ow] = bias[o] + x[n, c, h, w] * w[o, c / groups, kh, kw]; bias may be 0 */
export function conv2d(x: usize, w: usize, bias: usize, y: usize, work: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  run(g, x, w, bias, y, work);
}

/** Scratch bytes of conv2dGradX */
export function conv2dGradXWork(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  planGradX(g);
  return layOut(g, 0);
}

/** gx += the gradient of x */
export function conv2dGradX(gy: usize, w: usize, gx: usize, work: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  planGradX(g);
  run(g, gy, w, 0, gx, work);
}

/** Scratch bytes of conv2dGradW */
export function conv2dGradWWork(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  return layOutWeights(g, 0);
}

/** gw += the gradient of w */
export function conv2dGradW(gy: usize, x: usize, gw: usize, work: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  weights(g, gy, x, gw, work);
}

/** gb += the gradient of bias */
export function conv2dGradBias(gy: usize, gb: usize, geometry: usize): void {
  biasSums(changetype<Geometry>(geometry), gy, gb);
}
