// Asks a Worker twice to run its tests, as two requests of one isolate: node over-http.mjs path/to/workerd config.capnp
import { serveWorkerd } from "./serve-workerd.mjs";

const [binary, config] = process.argv.slice(2);
const worker = await serveWorkerd(binary, config);
try {
  for (const time of ["first", "second"]) {
    const answer = await fetch(worker.url);
    const text = await answer.text();
    console.log(text);
    if (answer.status !== 200) throw new Error(`the ${time} answer is ${answer.status}`);
  }
} finally {
  await worker.close();
}
