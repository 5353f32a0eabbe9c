// Convolution of NCHW images: forward and the gradient of the input. `geometry` is the table of conv-shape.ts.
import { depthwise, scalePlanes, layOutDepthwise } from "./conv-depthwise";
import { depthwiseWeights, depthwiseWeightsWork } from "./conv-depthwise-weight";
import { fourPay, foursOfPlanes, fourWork } from "./conv-four";
import { layOutQuads, quads, quadsPay } from "./conv-quads";
import { Geometry, PLAN, planForward, planGradX } from "./conv-shape";
import { layOutSplat, packSplat, splat, splatBytes, splatPays } from "./conv-splat";
import { layOut, packAll, packedBytes, packing, run } from "./conv-run";
import { layOutScatter, scatter, scatterPays } from "./conv-scatter";
import { layOutWinograd, transformAll, transformedBytes, transforming, winograd, winogradSize } from "./conv-winograd";
import { biasSums, layOutWeights, weights } from "./conv-weight";

// @ts-ignore: decorator
@inline
function isDepthwise(g: Geometry): bool {
  return g.groups == g.c && g.c == g.o;
}

function forwardSize(g: Geometry): usize {
  return winogradSize(g, g.c / g.groups, g.o / g.groups, g.oh, g.ow);
}

function gradientSize(g: Geometry): usize {
  return winogradSize(g, g.o / g.groups, g.c / g.groups, g.h, g.w);
}

/** Scratch bytes of conv2d */
export function conv2dWork(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  if (isDepthwise(g)) return fourPay(g) ? fourWork(g) : quadsPay(g) ? layOutQuads(g, 0) : layOutDepthwise(g, 0);
  return forwardSize(g) ? max(layOutWinograd(g, 0, false), layOutWinograd(g, 0, true)) : splatPays(g) ? layOutSplat(g, 0) : layOut(g, 0);
}

/** How conv2d packs its weights: 0 not at all, otherwise a number that is the same wherever packed weights fit */
export function conv2dPacking(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  if (isDepthwise(g)) return 0;
  if (forwardSize(g)) return transforming(g);
  if (splatPays(g)) return 16;
  layOut(g, 0);
  return (packing() << 2) | 1;
}

/** Bytes of the packed weights. Right after conv2dPacking, as the next. */
export function conv2dPackedBytes(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  if (forwardSize(g)) return transformedBytes(g);
  if (splatPays(g)) return splatBytes(g);
  layOut(g, 0);
  return packedBytes(g);
}

/** Packs the weights, to serve several calls of conv2d. */
export function conv2dPack(w: usize, packed: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  if (forwardSize(g)) transformAll(g, w, packed);
  else if (splatPays(g)) packSplat(g, w, packed);
  else {
    layOut(g, 0);
    packAll(g, w, packed);
  }
}

/** y[n, o, oh, ow] = bias[o] + x[n, c, h, w] * w[o, c / groups, kh, kw]; bias may be 0, and packed: what conv2dPack made of w */
export function conv2d(
  x: usize, w: usize, packed: usize, bias: usize, y: usize, work: usize, geometry: usize,
): void {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  if (isDepthwise(g)) {
    if (PLAN.inPlace && g.kh * g.kw == 1) scalePlanes(g, x, w, bias, y, g.h * g.w);
    else if (fourPay(g)) foursOfPlanes(g, x, w, bias, y, work);
    else if (quadsPay(g)) quads(g, x, w, bias, y, work);
    else depthwise(g, x, w, bias, y, work);
  } else if (forwardSize(g)) winograd(g, x, w, packed, bias, y, work);
  else if (splatPays(g)) splat(g, x, w, packed, bias, y, work);
  else run(g, x, w, packed, bias, y, work);
}

/** Scratch bytes of conv2dGradX */
export function conv2dGradXWork(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  if (isDepthwise(g)) {
    planGradX(g);
    return layOutDepthwise(g, 0);
  }
  if (!gradientSize(g) && scatterPays(g)) {
    planForward(g);
    return layOutScatter(g, 0);
  }
  planGradX(g);
  return gradientSize(g) ? layOutWinograd(g, 0, false) : layOut(g, 0);
}

/** gx += the gradient of x */
export function conv2dGradX(gy: usize, w: usize, gx: usize, work: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  if (isDepthwise(g)) {
    planGradX(g);
    depthwise(g, gy, w, 0, gx, work);
  } else if (gradientSize(g)) {
    planGradX(g);
    winograd(g, gy, w, 0, 0, gx, work);
  } else if (scatterPays(g)) {
    planForward(g);
    scatter(g, gy, w, gx, work);
  } else {
    planGradX(g);
    run(g, gy, w, 0, 0, gx, work);
  }
}

/** Scratch bytes of conv2dGradW */
export function conv2dGradWWork(geometry: usize): usize {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  return isDepthwise(g) && g.kh == 3 && g.kw == 3 ? depthwiseWeightsWork() : layOutWeights(g, 0);
}

/** gw += the gradient of w */
export function conv2dGradW(gy: usize, x: usize, gw: usize, work: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  planForward(g);
  if (isDepthwise(g) && g.kh == 3 && g.kw == 3) depthwiseWeights(g, gy, x, gw, work);
  else weights(g, gy, x, gw, work);
}

/** gb += the gradient of bias */
export function conv2dGradBias(gy: usize, gb: usize, geometry: usize): void {
  biasSums(changetype<Geometry>(geometry), gy, gb);
}
