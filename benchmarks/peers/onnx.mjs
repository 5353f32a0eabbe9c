// ONNX models of one to four nodes, as bytes: onnxruntime-web takes nothing else.
import onnxProto from "onnx-proto";

const { onnx } = onnxProto;
const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const { AttributeType } = onnx.AttributeProto;

function attribute(name, value) {
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
  if (Number.isInteger(value)) return { name, type: AttributeType.INT, i: value };
  return { name, type: AttributeType.FLOAT, f: value };
}

/** A node: [operator, inputs, outputs, attributes]. */
export const node = (opType, input, output, attributes = {}) => ({
  opType,
  input,
  output,
  attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
});

const value = (name, shape) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: shape && { dim: shape.map((dimValue) => ({ dimValue })) } } },
});

function initializer([name, { data, shape }]) {
  const integers = data instanceof BigInt64Array;
  return {
    name,
    dims: shape,
    dataType: integers ? INT64 : FLOAT,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** The bytes of a model with the output y. `inputs`: { name: shape }; `weights`: { name: { data, shape } }. */
export function model(nodes, inputs, weights = {}) {
  const graph = {
    name: "row",
    node: nodes,
    input: Object.entries(inputs).map(([name, shape]) => value(name, shape)),
    output: [value("y")],
    initializer: Object.entries(weights).map(initializer),
  };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: "", version: 20 }], graph }).finish();
}
