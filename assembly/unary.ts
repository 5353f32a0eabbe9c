// Elementwise functions of one tensor and their gradients: relu(x, y, n), reluGrad(y, gy, gx, n).
import { chain, map } from "./loops";

// relu: max(x, 0), NaN stays NaN; gradient 0 at 0
@unmanaged class Relu {
  @inline f(x: v128): v128 {
    return f32x4.max(x, f32x4.splat(0));
  }
  @inline df(y: v128, g: v128): v128 {
    return v128.andnot(g, f32x4.le(y, f32x4.splat(0)));
  }
}
export function relu(x: usize, y: usize, n: usize): void {
  map<Relu>(x, y, n);
}
export function reluGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Relu>(y, gy, gx, n);
}
