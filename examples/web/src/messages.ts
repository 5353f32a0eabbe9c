// What the page and its learner say to each other.

/** From the page to the learner. */
export type Order =
  | { type: "train"; rate: number; epochs: number }
  | { type: "pause"; paused: boolean }
  | { type: "score"; weights: Uint8Array<ArrayBuffer> };

/** What the net knows, measured on the digits it never learns from. */
export interface Score {
  accuracy: number;
  /** confusion[written][read]: indices of those digits. */
  confusion: number[][][];
}

/** From the learner to the page. */
export type News =
  | { type: "batch"; step: number; steps: number; epoch: number; loss: number; perSecond: number }
  | { type: "score"; step: number; score: Score; weights: Uint8Array<ArrayBuffer> | null }
  | { type: "done"; seconds: number }
  | { type: "error"; message: string };
