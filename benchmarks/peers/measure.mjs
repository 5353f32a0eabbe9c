// Interleaved timing of one row: every round times each contestant once, one after the other, in processor time.
import { clock, quantile } from "../harness.mjs";

/** A contestant of this process: `time(calls)` gives the milliseconds that they take. */
export function local({ call }) {
  const time = async (calls) => {
    const start = clock();
    for (let i = 0; i < calls; i++) {
      const pending = call();
      if (pending) await pending;
    }
    return clock() - start;
  };
  return { time };
}

/** Calls that take about `ms` once warm. A contestant whose single call takes far longer joins only every so many rounds. */
async function calibrate({ time }, { ms, rounds, warm }) {
  let last = await time(1);
  let calls = 1;
  for (let spent = last; spent < warm; spent += last) {
    calls = Math.max(1, Math.min(calls * 2, Math.round((ms * calls) / Math.max(last, 0.01))));
    last = await time(calls);
  }
  const each = last / calls;
  const reps = Math.max(1, Math.round(ms / Math.max(each, 1e-5)));
  const share = Math.max(1, Math.round((each * reps) / (8 * ms)));
  return { reps, every: Math.min(share, Math.ceil(rounds / 3)) };
}

/**
 * The median milliseconds a call of each contestant, and the median over the rounds of its time over the first one's:
 * both stood in the same minute of the machine.
 */
export async function measure(contestants, options) {
  const plans = [];
  for (const contestant of contestants) plans.push(await calibrate(contestant, options));
  plans[0].every = 1;
  const times = contestants.map(() => []);
  const ratios = contestants.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    let first = 0;
    for (const [i, { time }] of contestants.entries()) {
      const { reps, every } = plans[i];
      if (round % every !== 0) continue;
      const ms = (await time(reps)) / reps;
      if (i === 0) first = ms;
      times[i].push(ms);
      ratios[i].push(ms / first);
    }
  }
  return contestants.map((_, i) => ({ ms: quantile(times[i]), ratio: quantile(ratios[i]) }));
}
