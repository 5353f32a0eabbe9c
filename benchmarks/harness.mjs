// What the benchmarks share: interleaved timing, medians, and the line that names the machine.
import { cpus } from "node:os";

/** The middle of the numbers, or another quantile of them. */
export function quantile(values, q = 0.5) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export function machine() {
  const { node, v8 } = process.versions;
  return `${cpus()[0]?.model.trim() ?? process.arch}, Node ${node}, V8 ${v8}`;
}

/** Milliseconds of processor time so far: what others on the machine take does not count. */
export function clock() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of processor time that `reps` calls take. */
export function time(fn, reps) {
  const start = clock();
  for (let i = 0; i < reps; i++) fn();
  return clock() - start;
}

/** Calls after which `fn` has run for about `ms`, once it is warm. */
export function repsFor(fn, ms) {
  const start = performance.now();
  let calls = 0;
  while (performance.now() - start < 60 || calls < 3) {
    fn();
    calls++;
  }
  return Math.max(1, Math.round(calls * (ms / (time(fn, calls) || 1))));
}

/**
 * Times every function `rounds` times, one after the other in each round, so that all meet the same moods of the machine.
 * Gives for each the milliseconds a call in every round.
 */
export function interleave(fns, { ms = 2, rounds = 60 } = {}) {
  const reps = fns.map((fn) => repsFor(fn, ms));
  const times = fns.map(() => []);
  for (let r = 0; r < rounds; r++) {
    for (let i = 0; i < fns.length; i++) times[i].push(time(fns[i], reps[i]) / reps[i]);
  }
  return times;
}
