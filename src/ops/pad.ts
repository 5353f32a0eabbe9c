// Padding: more elements around a tensor.
import { rangeError, typeError } from "../check.ts";
import {
  checkObject,
  checkTensor,
  denseAny,
  empty,
  layers,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
  words,
} from "../op.ts";
import { numelOf, type Shape, show } from "../shape.ts";

const modes = ["constant", "reflect", "replicate", "circular"] as const;
/** "reflect" mirrors without repeating the edge, "replicate" repeats the edge, "circular" goes on at the other end. */
export type PadMode = (typeof modes)[number];

export interface PadOptions {
  /** Default "constant". */
  mode?: PadMode;
  /** What "constant" pads with. Default 0. */
  value?: number;
}

/** Elements before and after, of one dim. */
type Sides = readonly [before: number, after: number];

function checkSides(shape: Shape, dim: number, [before, after]: Sides, mode: PadMode): void {
  const size = shape[dim] as number;
  const say = `padding [${before}, ${after}] of dim ${dim} of ${show(shape)}`;
  const most = Math.max(before, after);
  if (mode === "reflect" && most >= size) throw rangeError`pad: reflect ${say} should be less than its size`;
  const left = size + Math.min(before, 0) + Math.min(after, 0);
  if (mode === "circular" && most > left) throw rangeError`pad: circular ${say} wraps around more than once`;
  if (mode === "replicate" && most > 0 && size === 0) {
    throw rangeError`pad: replicate ${say} has nothing to repeat`;
  }
  const to = size + before + after;
  if (to < 0 || (mode !== "constant" && to === 0)) throw rangeError`pad: ${say} leaves nothing`;
}

/** The value as the 32 bits of an element. */
function bitsOf(value: number, x: Tensor): number {
  return x.dtype === "int32" ? value | 0 : (new Int32Array(Float32Array.of(value).buffer)[0] as number);
}

/** The last two dims; `shape` is that of the result. */
function padPlanes(x: Tensor, rows: Sides, columns: Sides, mode: PadMode, shape: Shape): Tensor {
  const a = denseAny(x, "pad");
  const y = empty(shape, x.dtype);
  const last = x.shape.length - 1;
  const [h, w] = [x.shape[last - 1] as number, x.shape[last] as number];
  // the fields of Padding in assembly/pad.ts
  const sizes = [
    numelOf(x.shape.slice(0, -2)),
    h,
    w,
    rows[0],
    columns[0],
    h + rows[0] + rows[1],
    w + columns[0] + columns[1],
    modes.indexOf(mode),
  ];
  const work = scratch(layers().padWork(words(sizes)));
  layers().pad(a.ptr, y.ptr, work, words(sizes));
  if (!tracks(x)) return settle(y);
  return record(y, [a], [], (gy, gx) => {
    const table = words(sizes);
    layers().padGrad(gy, gx, scratch(layers().padWork(table)), table);
  });
}

/** All dims, with one value; `to` is the shape of the result. */
function padConstant(x: Tensor, sides: (dim: number) => Sides, to: Shape, bits: number): Tensor {
  const a = denseAny(x, "pad");
  const y = empty(to, x.dtype);
  // the fields of Dim in assembly/frame.ts, from the innermost; dims without padding inside of all others are one run of words
  const dims: number[] = [];
  let [from, inX, inY] = [0, 1, 1];
  for (let d = to.length - 1; d >= 0; d--) {
    const size = x.shape[d] as number;
    const [before, after] = sides(d);
    const cut = Math.max(-before, 0);
    const count = Math.max(size - cut - Math.max(-after, 0), 0);
    if (before !== 0 || after !== 0 || dims.length > 0) {
      const inner = dims.length === 0;
      dims.push(Math.max(before, 0) * inY, Math.max(after, 0) * inY, inner ? count * inX : count, inX);
    }
    from += 4 * cut * inX;
    inX *= size;
    inY *= to[d] as number;
  }
  if (dims.length === 0) dims.push(0, 0, inX, 0);
  const ndim = dims.length / 4;
  layers().frame(a.ptr + from, y.ptr, words(dims), ndim, y.numel, bits);
  if (!tracks(x)) return settle(y);
  return record(y, [a], [], (gy, gx) => layers().frameGrad(gy, gx + from, words(dims), ndim));
}

/**
 * Puts elements around x, or cuts them off where a number is negative. `padding`: [left, right, top, bottom, ...], from the last dim
 * backwards. The modes other than "constant" pad the last dim of 2-D and 3-D tensors or the last two of 3-D and 4-D ones.
 * @throws RangeError for a length that does not fit, for reflect padding of a dim's size or more, for circular padding of more than it.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
 */
export function pad(x: Tensor, padding: readonly number[], options: PadOptions = {}): Tensor {
  checkTensor(x, "pad");
  if (!Array.isArray(padding) || !padding.every(Number.isInteger)) {
    throw typeError`pad: expected padding to be an array of integers, got ${padding}`;
  }
  checkObject(options, "pad", "mode, value");
  const { mode = "constant", value = 0 } = options;
  if (!modes.includes(mode)) throw rangeError`pad: expected the mode to be one of ${modes.join(", ")}, got ${mode}`;
  if (typeof value !== "number") throw typeError`pad: expected value to be a number, got ${typeof value}`;
  const { shape } = x;
  const count = padding.length / 2;
  if (!Number.isInteger(count) || count > shape.length) {
    throw rangeError`pad: expected an even number of at most ${2 * shape.length} for ${shape}, got ${padding}`;
  }
  if (mode !== "constant") {
    if (value !== 0) throw rangeError`pad: the mode "${mode}" takes no value, got ${value}`;
    if (count < 1 || count > 2 || shape.length < count + 1 || shape.length > count + 2) {
      throw rangeError`pad: ${mode} wants 2 pads for 2 or 3 dims, 4 for 3 or 4 dims, got ${padding} for ${shape}`;
    }
  }
  const sides = (dim: number): Sides => {
    const at = 2 * (shape.length - 1 - dim);
    return [padding[at] ?? 0, padding[at + 1] ?? 0];
  };
  for (let d = shape.length - 1; d >= shape.length - count; d--) checkSides(shape, d, sides(d), mode);

  const to = shape.map((size, d) => size + sides(d)[0] + sides(d)[1]);
  if (mode === "constant") return padConstant(x, sides, to, bitsOf(value, x));
  const last = shape.length - 1;
  return padPlanes(x, sides(last - 1), sides(last), mode, to);
}
