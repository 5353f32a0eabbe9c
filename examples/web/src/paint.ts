// Small pictures of numbers: grey for pixels, warm and cold for weights, and the confusion matrix as a table.
import type { Score } from "./messages.ts";

type Colour = (v: number) => [red: number, green: number, blue: number, alpha: number];

function channels(element: Element, name: string): [number, number, number] {
  const hex = getComputedStyle(element).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

/** Paints side x side values into a canvas. */
export function paint(canvas: HTMLCanvasElement, values: ArrayLike<number>, side: number, colour: Colour): void {
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(side, side);
  for (let i = 0; i < side * side; i++) image.data.set(colour(values[i] as number), 4 * i);
  context.putImageData(image, 0, 0);
}

/** Ink in the colour of the text. */
export function ink(element: Element): Colour {
  const text = channels(element, "--text");
  return (v) => [...text, 255 * Math.min(1, v)];
}

/** A canvas for each of `count` tiles, made once. */
export function tiles(host: HTMLElement, count: number): HTMLCanvasElement[] {
  while (host.children.length < count) host.append(document.createElement("canvas"));
  return [...host.children] as HTMLCanvasElement[];
}

/** Weights: warm above zero, cold below, as strong as the largest. */
export function paintWeights(host: HTMLElement, weights: Float32Array, side: number): void {
  const plus = channels(host, "--plus");
  const minus = channels(host, "--minus");
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
  const all = tiles(host, weights.length / (side * side));
  for (const [i, canvas] of all.entries()) {
    const own = weights.subarray(i * side * side, (i + 1) * side * side);
    paint(canvas, own, side, (v) => [...(v > 0 ? plus : minus), 255 * (Math.abs(v) / most) ** 0.7]);
  }
}

/** Responses of filters: the accent, as strong as the largest. */
export function paintResponses(host: HTMLElement, maps: Float32Array, side: number): void {
  const accent = channels(host, "--accent");
  const most = maps.reduce((a, b) => Math.max(a, b), 1e-9);
  for (const [i, canvas] of tiles(host, maps.length / (side * side)).entries()) {
    const own = maps.subarray(i * side * side, (i + 1) * side * side);
    paint(canvas, own, side, (v) => [...accent, 255 * (v / most)]);
  }
}

/** Rows are what was written, columns what was read; `choose` hears the digits of a cell. */
export function paintConfusion(table: HTMLTableElement, score: Score, choose: (digits: number[]) => void): void {
  const wrong = Math.max(1, ...score.confusion.flatMap((row, i) => row.filter((_, j) => i !== j).map((c) => c.length)));
  if (table.rows.length === 0) {
    const head = table.createTHead().insertRow();
    for (let i = -1; i < 10; i++) {
      const cell = document.createElement("th");
      if (i >= 0) {
        cell.scope = "col";
        cell.textContent = String(i);
      }
      head.append(cell);
    }
    const body = table.createTBody();
    for (let i = 0; i < 10; i++) {
      const row = body.insertRow();
      const name = document.createElement("th");
      name.scope = "row";
      name.textContent = String(i);
      row.append(name);
      for (let j = 0; j < 10; j++) row.insertCell().append(document.createElement("button"));
    }
  }
  for (const [i, row] of score.confusion.entries()) {
    const right = (row[i] as number[]).length / Math.max(1, row.flat().length);
    for (const [j, digits] of row.entries()) {
      const button = table.rows[i + 1]?.cells[j + 1]?.firstElementChild as HTMLButtonElement;
      const share = i === j ? right : digits.length / wrong;
      button.type = "button";
      button.disabled = digits.length === 0;
      button.textContent = digits.length === 0 ? "·" : String(digits.length);
      button.ariaLabel = `${digits.length} times a ${i} was read as ${j}`;
      button.style.background =
        digits.length === 0
          ? ""
          : `color-mix(in srgb, var(${i === j ? "--accent" : "--plus"}) ${Math.round(15 + 45 * share)}%, transparent)`;
      button.onclick = () => choose(digits);
    }
  }
}
