// The first training step of benchmarks/cold.mjs with TensorFlow.js on its wasm backend.
import * as tf from "@tensorflow/tfjs";
import * as wasm from "@tensorflow/tfjs-backend-wasm";

wasm.setThreadsCount(1);
await tf.setBackend("wasm");
const model = tf.sequential({
  layers: [tf.layers.dense({ units: 5, inputShape: [10], activation: "relu" }), tf.layers.dense({ units: 2 })],
});
model.compile({ optimizer: tf.train.adam(1e-3), loss: "meanSquaredError" });
const loss = await model.trainOnBatch(tf.randomNormal([3, 10]), tf.randomNormal([3, 2]));
if (!(loss > 0)) throw new Error("no loss");
