// What was learned, for the terminal and as an SVG.
import * as echarts from "echarts";
import type { Score } from "./train.ts";

export interface History {
  /** Mean training loss of each epoch. */
  losses: number[];
  /** Accuracy on the held-out pictures after each epoch. */
  accuracies: number[];
}

export const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

/** The loss as a curve of block characters, `height` lines high. */
export function curve(losses: readonly number[], height: number = 8): string {
  const top = Math.max(...losses);
  const lines: string[] = [];
  for (let row = height - 1; row >= 0; row--) {
    const cells = losses.map((v) => {
      const eighths = Math.round((v / top) * height * 8) - row * 8;
      return eighths <= 0 ? "    " : " ▁▂▃▄▅▆▇█".charAt(Math.min(eighths, 8)).repeat(3).padEnd(4);
    });
    lines.push(`${((top * (row + 1)) / height).toFixed(3).padStart(8)} │${cells.join("")}`);
  }
  const ticks = losses.map((_, i) => String(i + 1).padEnd(4)).join("");
  return [...lines, `${" ".repeat(9)}└${"─".repeat(losses.length * 4)}`, `${" ".repeat(10)}${ticks} epoch`].join("\n");
}

/** The confusion matrix: a row for each digit, a column for each answer. */
export function table({ confusion }: Score): string {
  const cell = (v: number | string) => String(v).padStart(5);
  const head = `${" ".repeat(7)}${Array.from({ length: 10 }, (_, i) => cell(i)).join("")}   read as`;
  const rows = confusion.map((row, digit) => {
    const right = (row[digit] as number) / row.reduce((a, b) => a + b, 0);
    return `${cell(digit)}  ${row.map((v) => cell(v === 0 ? "·" : v)).join("")}   ${percent(right)}`;
  });
  return [head, ...rows].join("\n");
}

/** Loss, accuracy and confusion matrix as one picture. */
export function svg(title: string, { losses, accuracies }: History, { confusion, accuracy }: Score): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 1000, height: 460 });
  const digits = Array.from({ length: 10 }, (_, i) => String(i));
  const wrong = Math.max(1, ...confusion.flatMap((row, i) => row.filter((_, j) => i !== j)));
  chart.setOption({
    animation: false,
    title: { text: title, subtext: `${percent(accuracy)} of the held-out digits read right`, left: "center" },
    legend: { data: ["training loss", "accuracy"], left: 150, top: 74, itemGap: 24 },
    grid: [
      { left: 60, top: 110, width: 420, height: 290 },
      { left: 580, top: 90, width: 360, height: 310 },
    ],
    xAxis: [
      { name: "epoch", nameLocation: "middle", nameGap: 28, data: losses.map((_, i) => i + 1) },
      { gridIndex: 1, name: "read as", nameLocation: "middle", nameGap: 28, data: digits, splitArea: { show: true } },
    ],
    yAxis: [
      { type: "value", name: "loss", min: 0 },
      { gridIndex: 1, name: "digit", nameLocation: "middle", nameGap: 28, data: digits, inverse: true },
      {
        type: "value",
        name: "accuracy",
        position: "right",
        max: 1,
        scale: true,
        splitLine: { show: false },
        axisLabel: { formatter: (v: number) => percent(v) },
      },
    ],
    visualMap: { show: false, seriesIndex: 2, min: 0, max: wrong, inRange: { color: ["#ffffff", "#d94e5d"] } },
    series: [
      { name: "training loss", type: "line", data: losses, showSymbol: losses.length < 30 },
      { name: "accuracy", type: "line", yAxisIndex: 2, data: accuracies, showSymbol: losses.length < 30 },
      {
        type: "heatmap",
        xAxisIndex: 1,
        yAxisIndex: 1,
        // The diagonal is what was read right: green, so that the mistakes stand out in red
        data: confusion.flatMap((row, i) =>
          row.map((v, j) => ({
            value: [j, i, v],
            label: { formatter: String(v || "") },
            ...(i === j && { visualMap: false, itemStyle: { color: "#cfe8cf" } }),
          })),
        ),
        label: { show: true },
      },
    ],
  });
  const picture = chart.renderToSVGString();
  chart.dispose();
  return picture;
}
