// The live curves.
import UPlot from "uplot";

/** A curve that grows point by point, as wide as its place on the page. */
export class Curve {
  readonly #chart: UPlot;
  #x: number[] = [];
  #y: number[] = [];
  #due = 0;

  constructor(
    host: HTMLElement,
    label: string,
    format: (v: number) => string,
    range: (most: number) => [number, number],
  ) {
    const style = getComputedStyle(host);
    const grid = { stroke: style.getPropertyValue("--line"), width: 1 };
    const axis = { stroke: style.getPropertyValue("--soft"), grid, ticks: grid };
    this.#chart = new UPlot(
      {
        width: host.clientWidth,
        height: 190,
        scales: { x: { time: false }, y: { range: (_, __, most) => range(most) } },
        series: [
          { label: "batch" },
          {
            label,
            stroke: style.getPropertyValue("--accent"),
            width: 2,
            points: { show: false },
          },
        ],
        axes: [axis, { ...axis, size: 52, values: (_, ticks) => ticks.map((v) => format(v)) }],
        legend: { show: false },
        cursor: { show: false },
      },
      [[], []],
      host,
    );
    new ResizeObserver(() => this.#chart.setSize({ width: host.clientWidth, height: 190 })).observe(host);
  }

  /** Draws at most once a frame, however many points come. */
  add(x: number, y: number): void {
    this.#x.push(x);
    this.#y.push(y);
    this.#draw();
  }

  clear(): void {
    this.#x = [];
    this.#y = [];
    this.#draw();
  }

  #draw(): void {
    cancelAnimationFrame(this.#due);
    this.#due = requestAnimationFrame(() => this.#chart.setData([this.#x, this.#y]));
  }
}
