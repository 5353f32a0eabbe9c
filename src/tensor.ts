// The tensor: a shape and strides over a counted block of the linear memory, and its place in the autograd graph.
import { checkNames, plainError, rangeError, typeError } from "./check.ts";
import { Node } from "./graph.ts";
import { gathered, type NestedArray, nested } from "./layout.ts";
import type { Methods } from "./ops/methods.ts";
import { inspectable, print } from "./print.ts";
import { type Handle, isGradEnabled, pend, settle, track, type Witness } from "./scope.ts";
import { isRowMajor, numelOf, type Shape, sameShape, show, stridesOf } from "./shape.ts";
import { count, Storage } from "./storage.ts";
import { type Address, f32, i32, kernels } from "./wasm/index.ts";

export type { NestedArray } from "./layout.ts";
export type DType = "float32" | "int32";

/** What the FinalizationRegistry holds of a tensor: enough to free it, nothing that leads back to it. */
class Owned implements Handle {
  declare private storage: Storage | null;
  declare private readonly node: Node | null;

  constructor(storage: Storage, node: Node | null) {
    this.storage = storage;
    this.node = node;
  }
  release(): void {
    if (this.storage === null) return;
    this.storage.release();
    this.storage = null;
    count.tensors--;
    this.node?.release();
  }
  forget(): void {
    this.storage = null;
  }
}

export interface Tensor extends Methods {}
/**
 * A multi-dimensional array of float32 or int32 in the linear memory, as PyTorch's. Made by `tensor`, `zeros`, `randn` and the ops.
 * @see https://pytorch.org/docs/stable/tensors.html
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the ops attach these methods, and JSR takes no augmentation from another file
export class Tensor {
  /** Sizes of the dims; an empty array for a scalar. */
  declare readonly shape: Shape;
  declare readonly dtype: DType;
  /** Number of elements. */
  declare readonly numel: number;
  /** Index of the first element in the storage. */
  declare readonly offset: number;
  /** Whether the elements lie in row-major order without gaps. @internal */
  declare readonly isDense: boolean;
  /** Whether it outlives scopes. @internal */
  kept = false;
  /** Lives as long as any small tensor registered together with this one. @internal */
  group: object | null = null;
  /** The scope of the batch it came in: what was made until it is used belongs to that batch. @internal */
  witness: Witness | null = null;
  declare private storageOrNull: Storage | null;
  declare private readonly stridesOrNull: Shape | null;
  private registered: Owned | null = null;
  private freedBy = "dispose()";
  /** What made it; the accumulator of a leaf. @internal */
  node: Node | null = null;
  private wantsGrad = false;
  private gradOrNull: Tensor | null = null;
  private spare: Tensor | null = null;
  private gradSeen = false;

  /** @internal Takes over one reference to `storage`. Strides null: row-major. */
  constructor(storage: Storage, shape: Shape, dtype: DType, offset: number, strides: Shape | null) {
    this.storageOrNull = storage;
    this.shape = shape;
    this.dtype = dtype;
    this.offset = offset;
    this.numel = numelOf(shape);
    this.isDense = strides === null || isRowMajor(shape, strides);
    this.stridesOrNull = this.isDense ? null : strides;
    count.tensors++;
  }

  /** Number of dims. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of dims, as PyTorch's method. */
  dim(): number {
    return this.shape.length;
  }

  /** The shape, or the size of one dim. */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    if (dim === undefined) return this.shape;
    const size = this.shape.at(dim);
    if (size === undefined) throw rangeError`size: dim ${dim} is out of range for the shape ${this.shape}`;
    return size;
  }

  /** Steps in elements from one index to the next in each dim. */
  get strides(): Shape {
    return this.stridesOrNull ?? stridesOf(this.shape);
  }

  isContiguous(): boolean {
    return this.isDense;
  }

  /** Whether it was freed: by dispose(), or by the end of its scope. */
  get isFreed(): boolean {
    return this.storageOrNull === null;
  }

  /** @internal */
  get storage(): Storage {
    if (this.storageOrNull === null) throw this.freedError("tensor");
    if (this.witness !== null) this.witness.see();
    return this.storageOrNull;
  }

  /** Address of the first element. @internal */
  get ptr(): Address {
    return this.storage.address + this.offset * 4;
  }

  /** @internal */
  freedError(op: string): Error {
    return new Error(
      `${op}: this tensor of shape ${show(this.shape)} was freed by ${this.freedBy}; ` +
        "to use it longer, return it from the scope or wrap it in keep()",
    );
  }

  /** The elements in row-major order: a copy, a Float32Array or an Int32Array. */
  get data(): Float32Array | Int32Array {
    const view = this.dtype === "int32" ? i32 : f32;
    const from = this.ptr / 4;
    if (this.isDense) return view.slice(from, from + this.numel);
    const out = new (this.dtype === "int32" ? Int32Array : Float32Array)(this.numel);
    return gathered(view, from, this.shape, this.strides, out);
  }

  /** The value of a tensor of one element. @throws Error if it has any other number. */
  item(): number {
    if (this.numel !== 1) {
      throw plainError`item: expected a tensor of one element, got the shape ${this.shape}`;
    }
    return (this.dtype === "int32" ? i32 : f32)[this.ptr / 4] as number;
  }

  /** The elements as nested arrays; a number for a scalar. */
  toArray(): NestedArray {
    return nested(this.data, this.shape);
  }

  // Autograd

  /** Whether gradients flow to it: set on leaves by the user, on results by their inputs. */
  get requiresGrad(): boolean {
    return this.wantsGrad;
  }
  set requiresGrad(wanted: boolean) {
    this.requiresGrad_(wanted);
  }

  /** Sets requiresGrad of a leaf. Gives the tensor back. */
  requiresGrad_(wanted: boolean = true): this {
    if (wanted && this.dtype !== "float32") {
      throw typeError`requiresGrad: expected the tensor to be float32, got ${this.dtype}`;
    }
    if (!this.isLeaf && !wanted) {
      throw plainError`requiresGrad: only that of a leaf can be changed; use detach()`;
    }
    this.wantsGrad = wanted;
    return this;
  }

  /** Whether no recorded op made it. */
  get isLeaf(): boolean {
    return this.node === null || this.node.leaf !== null;
  }

  /** The gradient collected so far, of a leaf or after retainGrad(); null until first written. */
  get grad(): Tensor | null {
    this.gradSeen = true;
    return this.gradOrNull;
  }
  set grad(value: Tensor | null) {
    if (value !== null) {
      if (!(value instanceof Tensor)) throw typeError`grad: expected a Tensor or null, got ${typeof value}`;
      if (value.dtype !== this.dtype || !sameShape(value.shape, this.shape)) {
        const { dtype, shape } = value;
        throw rangeError`grad: expected ${this.dtype} of shape ${this.shape}, got ${dtype} of shape ${shape}`;
      }
      if (!value.isDense) throw plainError`grad: expected a contiguous tensor; pass grad.contiguous()`;
      value.kept = true;
      this.gradSeen = true;
      this.gradOrNull = value;
      return;
    }
    const old = this.gradOrNull;
    this.gradOrNull = null;
    if (old === null || old.isFreed) return;
    if (this.gradSeen) {
      old.kept = false;
      track(old);
    } else this.spare = old;
    this.gradSeen = false;
  }

  /** The gradient without handing it to the user: its memory is used again after zeroGrad(). @internal */
  get ownGrad(): Tensor | null {
    return this.gradOrNull;
  }

  /** Where backward adds this leaf's gradient. @internal */
  gradAddress(): Address {
    if (this.gradOrNull === null) {
      const grad = this.spare ?? new Tensor(Storage.allocate(this.numel * 4), this.shape, "float32", 0, null);
      this.spare = null;
      grad.kept = true;
      kernels.clear(grad.ptr, grad.storage.bytes);
      track(grad);
      this.gradOrNull = grad;
      this.gradSeen = false;
    }
    this.gradOrNull.storage.version++;
    return this.gradOrNull.ptr;
  }

  /** Keeps the gradient of a result too, in `grad`, when backward passes it. */
  retainGrad(): void {
    if (!this.wantsGrad) throw plainError`retainGrad: this tensor does not require grad`;
    const node = this.node;
    if (node === null || node.leaf !== null || node.onGrad !== null) return;
    const receiver = new WeakRef(this);
    node.onGrad = (gy) => {
      const t = receiver.deref();
      if (t !== undefined && !t.isFreed) kernels.addInto(gy.address, t.gradAddress(), t.numel);
    };
  }

  /**
   * Adds the gradient of this tensor with respect to every leaf it was made from into their `grad`, and frees the graph.
   * `gradient`: of this tensor's shape, needed unless it has one element. `retainGraph`: keep the graph for another call.
   * @throws Error if nothing requires grad, if the graph was freed, if a non-scalar gets no gradient.
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
   */
  backward(gradient?: Tensor | null, options: { retainGraph?: boolean } = {}): void {
    checkNames(options, "backward", "retainGraph");
    const { retainGraph = false } = options;
    if (this.isFreed) throw this.freedError("backward");
    if (!this.wantsGrad) {
      throw plainError`backward: this tensor does not require grad`;
    }
    if (gradient !== undefined && gradient !== null) {
      if (!(gradient instanceof Tensor))
        throw typeError`backward: expected the gradient as a Tensor, got ${typeof gradient}`;
      if (!sameShape(gradient.shape, this.shape)) {
        throw rangeError`backward: the gradient of shape ${gradient.shape} does not match ${this.shape}`;
      }
    } else if (this.numel !== 1) {
      throw plainError`backward: pass a gradient for the shape ${this.shape}: only one element does without`;
    }
    const values = gradient?.data;
    const seed = () => {
      const storage = Storage.allocate(this.numel * 4);
      if (values === undefined) f32[storage.address / 4] = 1;
      else f32.set(values, storage.address / 4);
      return storage;
    };
    if (this.node === null || this.node.leaf !== null) {
      const storage = seed();
      try {
        kernels.addInto(storage.address, this.gradAddress(), this.numel);
      } finally {
        storage.release();
      }
    } else this.node.backward(seed, retainGraph);
  }

  /** The same data outside the graph. */
  detach(): Tensor {
    return settle(viewOf(this, this.shape, this.stridesOrNull, this.offset));
  }

  // Lifetime

  /** What frees it when it is collected; null if that was arranged before. @internal */
  handle(): Handle | null {
    if (this.registered !== null) return null;
    this.registered = new Owned(this.storage, this.node?.leaf === null ? this.node : null);
    return this.registered;
  }

  /** Frees the memory now. The tensor cannot be used afterwards. */
  dispose(by: string = "dispose()"): void {
    const storage = this.storageOrNull;
    if (storage === null) return;
    this.freedBy = by;
    this.storageOrNull = null;
    this.registered?.forget();
    storage.release();
    count.tensors--;
    if (this.node !== null && this.node.leaf === null) this.node.release();
    this.spare?.dispose();
    if (!this.gradSeen) this.gradOrNull?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return print(this);
  }
}

inspectable(Tensor.prototype);

/** A tensor over fresh memory that an op is about to fill. @internal */
export function empty(shape: Shape, dtype: DType = "float32"): Tensor {
  return pend(new Tensor(Storage.allocate(numelOf(shape) * 4), shape, dtype, 0, null));
}

/** A view that shares the storage, not yet settled and outside the graph. Strides null: row-major. @internal */
export function viewOf(x: Tensor, shape: Shape, strides: Shape | null, offset: number): Tensor {
  const storage = x.storage;
  storage.refs++;
  return pend(new Tensor(storage, shape, x.dtype, offset, strides));
}

/** The node of a tensor in the graph: its maker's, or its own accumulator if it is a leaf. @internal */
export function nodeOf(t: Tensor): Node | null {
  if (!t.requiresGrad) return null;
  t.node ??= new Node(0, t, [], [], null);
  return t.node;
}

/** Whether an op on these is recorded. @internal */
export function tracks(a: Tensor, b?: Tensor | null, c?: Tensor | null): boolean {
  return isGradEnabled() && (a.requiresGrad || b?.requiresGrad === true || c?.requiresGrad === true);
}
