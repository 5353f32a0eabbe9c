// node:test where there is none: collects tests, and runs them when asked.
const tests = [];

export function test(name, fn) {
  tests.push([name, fn]);
}

/** Runs what was collected. Throws if a test failed, or if there was none. */
export async function runTests(log = console.log) {
  const failures = [];
  for (const [name, fn] of tests) {
    try {
      await fn();
    } catch (error) {
      failures.push(`${name}: ${error?.stack ?? error}`);
    }
  }
  log(`${tests.length - failures.length} passed, ${failures.length} failed`);
  if (failures.length > 0) throw new Error(failures.join("\n"));
  if (tests.length === 0) throw new Error("no test ran");
}
