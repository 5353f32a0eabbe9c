// The drawing pad: mouse, finger, pen and keyboard.

/** Pixels of the pad's own grid each way. */
export const SIZE = 280;
const PEN = 21;
const STEP = 8;

export class Pad {
  readonly #canvas: HTMLCanvasElement;
  /** The drawing itself, black on nothing; the canvas shows it in the page's colours. */
  readonly #ink: OffscreenCanvasRenderingContext2D;
  readonly #view: CanvasRenderingContext2D;
  readonly #changed: () => void;
  #last: [number, number] | null = null;
  #cursor: [number, number] = [SIZE / 2, SIZE / 2];
  #penDown = false;

  constructor(canvas: HTMLCanvasElement, changed: () => void) {
    this.#canvas = canvas;
    this.#changed = changed;
    this.#view = canvas.getContext("2d") as CanvasRenderingContext2D;
    const offscreen = new OffscreenCanvas(SIZE, SIZE);
    this.#ink = offscreen.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#last = null;
      this.#to(this.#at(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) this.#to(this.#at(one));
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#show());
    canvas.addEventListener("blur", () => this.#show());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#show());
  }

  #at(event: PointerEvent): [number, number] {
    const box = this.#canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
  }

  /** A stroke from the last point to this one. */
  #to([x, y]: [number, number]): void {
    const [fromX, fromY] = this.#last ?? [x, y];
    this.#ink.lineWidth = PEN;
    this.#ink.lineCap = "round";
    this.#ink.beginPath();
    this.#ink.moveTo(fromX, fromY);
    this.#ink.lineTo(x, y + 0.01);
    this.#ink.stroke();
    this.#last = [x, y];
    this.#cursor = [x, y];
    this.#show();
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const step: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const move = step[event.key];
    if (move !== undefined) {
      const clamp = (v: number): number => Math.min(SIZE - PEN / 2, Math.max(PEN / 2, v));
      this.#cursor = [clamp(this.#cursor[0] + move[0]), clamp(this.#cursor[1] + move[1])];
      if (this.#penDown) this.#to(this.#cursor);
      else this.#show();
    } else if (event.key === " ") {
      this.#penDown = !this.#penDown;
      this.#last = null;
      if (this.#penDown) this.#to(this.#cursor);
      else this.#show();
    } else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else return;
    event.preventDefault();
  }

  /** Paints the ink in the colour of the text, and the pen where the keyboard has it. */
  #show(): void {
    const view = this.#view;
    view.globalCompositeOperation = "source-over";
    view.clearRect(0, 0, SIZE, SIZE);
    view.drawImage(this.#ink.canvas, 0, 0);
    view.globalCompositeOperation = "source-in";
    view.fillStyle = getComputedStyle(this.#canvas).color;
    view.fillRect(0, 0, SIZE, SIZE);
    view.globalCompositeOperation = "source-over";
    if (!this.#canvas.matches(":focus-visible")) return;
    view.lineWidth = 3;
    view.strokeStyle = getComputedStyle(this.#canvas).getPropertyValue("--accent");
    view.setLineDash(this.#penDown ? [] : [4, 4]);
    view.beginPath();
    view.arc(...this.#cursor, PEN / 2 + 3, 0, 2 * Math.PI);
    view.stroke();
  }

  clear(): void {
    this.#ink.clearRect(0, 0, SIZE, SIZE);
    this.#last = null;
    this.#penDown = false;
    this.#show();
    this.#changed();
  }

  /** Shows a picture of 28 x 28 as if it were drawn. */
  put(pixels: Float32Array): void {
    const small = new OffscreenCanvas(28, 28);
    const context = small.getContext("2d") as OffscreenCanvasRenderingContext2D;
    const image = context.createImageData(28, 28);
    for (const [i, v] of pixels.entries()) image.data[4 * i + 3] = Math.round(v * 255);
    context.putImageData(image, 0, 0);
    this.clear();
    this.#ink.drawImage(small, 0, 0, SIZE, SIZE);
    this.#show();
    this.#changed();
  }

  /** The ink, SIZE x SIZE values from 0 to 1. */
  get ink(): Float32Array {
    const { data } = this.#ink.getImageData(0, 0, SIZE, SIZE);
    return Float32Array.from({ length: SIZE * SIZE }, (_, i) => (data[4 * i + 3] as number) / 255);
  }
}
