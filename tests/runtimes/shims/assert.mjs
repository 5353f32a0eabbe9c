// The few asserts of node:assert/strict that the tests use, where it does not exist.
function fail(message) {
  throw new Error(message);
}

const assert = {
  ok: (value, message = "expected a true value") => value || fail(message),
  equal: (a, b) => Object.is(a, b) || fail(`expected ${b}, got ${a}`),
  deepEqual: (a, b) =>
    JSON.stringify(a) === JSON.stringify(b) || fail(`expected ${JSON.stringify(b)}, got ${JSON.stringify(a)}`),
  throws(fn, pattern) {
    try {
      fn();
    } catch (error) {
      if (!pattern.test(error.message)) fail(`expected ${pattern}, got ${error.message}`);
      return;
    }
    fail("expected an error");
  },
};
export default assert;
