// How far a loop is, for a terminal, a page or a log.
import { checkCount, isObject, typeError } from "../check.ts";
import { checkObject } from "../op.ts";

/** Where a loop is after a step; as text a line of it, such as "40/141, 0:03 left, loss 0.2134". */
export class Progress {
  /** @internal */
  constructor(
    /** Steps done. */
    readonly step: number,
    /** Steps in all; null where the iterable has no length. */
    readonly total: number | null,
    /** Since the first step began. */
    readonly seconds: number,
    /** What the loop told last of each name. */
    readonly values: Readonly<Record<string, number>>,
  ) {}

  /** 0 before a clock has moved: in Workers it stands still while a request computes. */
  get stepsPerSecond(): number {
    return this.seconds > 0 ? this.step / this.seconds : 0;
  }

  /** Seconds left at the pace so far; null where that cannot be told. */
  get remaining(): number | null {
    return this.total === null || !(this.seconds > 0) ? null : (this.total - this.step) / this.stepsPerSecond;
  }

  toString(): string {
    const { step, total, remaining, values } = this;
    const left = Math.ceil(remaining ?? 0);
    return [
      total === null ? `${step}` : `${step}/${total}`,
      ...(remaining === null ? [] : [`${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`]),
      ...Object.entries(values).map(([name, v]) => `${name} ${Number.isInteger(v) ? v : v.toPrecision(4)}`),
    ].join(", ");
  }
}

/** A loop that is listened to. */
export interface ProgressLoop<T> extends Iterable<T> {
  /** Notes figures of the step, which the listener hears with it. */
  tell(values: Readonly<Record<string, number>>): void;
}

/**
 * Goes over a DataLoader or anything else and calls `listen` after each step, or after every `every` steps and the last.
 *
 *     const steps = progress(loader, (p) => console.log(`${p}`), { every: 10 });
 *     for (const [x, y] of steps) {
 *       const loss = step(x, y);
 *       steps.tell({ loss: loss.item() });
 *     }
 */
export function progress<T>(
  steps: Iterable<T> & { readonly length?: number },
  listen: (progress: Progress) => void,
  options: { every?: number } = {},
): ProgressLoop<T> {
  checkObject(options, "progress", "every");
  const { every = 1 } = options;
  if (!isObject(steps) || !(Symbol.iterator in steps)) throw typeError`progress: expected an iterable, got ${steps}`;
  if (typeof listen !== "function") throw typeError`progress: expected a function that listens, got ${listen}`;
  checkCount(every, "progress", "every", 1);
  let values: Record<string, number> = {};
  return {
    tell(more) {
      values = { ...values, ...more };
    },
    *[Symbol.iterator]() {
      const start = performance.now();
      let step = 0;
      let heard = 0;
      const hear = (): void => {
        heard = step;
        listen(new Progress(step, steps.length ?? null, (performance.now() - start) / 1000, values));
      };
      values = {};
      for (const item of steps) {
        yield item;
        step++;
        if (step % every === 0) hear();
      }
      if (heard < step) hear();
    },
  };
}
