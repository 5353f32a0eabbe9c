// The numbers of a row's inputs, from a counter hash that torch.py repeats, and the comparison of two results.

/** Uniform in [0, 1): 24 bits of a hash of the counter. */
function uniform(seed, n) {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let h = (i + Math.imul(seed, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
    h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
    out[i] = ((h ^ (h >>> 15)) >>> 8) / 16777216;
  }
  return out;
}

/** { name: { shape, data } } for all inputs of a row; classes are an Int32Array. */
export function inputsOf(row) {
  const entries = Object.entries(row.inputs).map(([name, { shape, scale = 1, offset = 0, classes }], index) => {
    const u = uniform(
      index + 1,
      shape.reduce((a, b) => a * b, 1),
    );
    const data = classes
      ? Int32Array.from(u, (v) => Math.floor(v * classes))
      : Float32Array.from(u, (v) => offset + scale * (2 * v - 1));
    return [name, { shape, data }];
  });
  return Object.fromEntries(entries);
}

/** The inputs that are a layer's or a model's own: all but x and target. */
export function stateOf(inputs) {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "x" && name !== "target"));
}

/** Reorders the elements of a row-major array: dims[i] of the result is dims[order[i]] of the source. */
export function permute(data, shape, order) {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  const to = order.map((d) => shape[d]);
  const step = order.map((d) => strides[d]);
  const out = new data.constructor(data.length);
  const index = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from];
    for (let d = to.length - 1; d >= 0; d--) {
      from += step[d];
      if (++index[d] < to[d]) break;
      from -= step[d] * to[d];
      index[d] = 0;
    }
  }
  return out;
}

/** About a thousand of the elements, evenly spread: enough to tell two results apart, and small enough to send. */
export function sample(values) {
  const step = Math.floor(values.length / 1000) | 1;
  const out = [];
  for (let i = 0; i < values.length; i += step) out.push(values[i]);
  return { length: values.length, values: out };
}

/** Throws where two samples differ by more than `tolerance` of an element and 1e-4 of the largest. */
export function agree(ours, theirs, tolerance = 1e-3) {
  if (ours.length !== theirs.length) throw new Error(`${theirs.length} elements instead of ${ours.length}`);
  const largest = ours.values.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  for (const [i, v] of ours.values.entries()) {
    if (!(Math.abs(v - theirs.values[i]) <= tolerance * Math.abs(v) + 1e-4 * largest)) {
      throw new Error(`element ${i} of the sample is ${theirs.values[i]} instead of ${v}`);
    }
  }
}
