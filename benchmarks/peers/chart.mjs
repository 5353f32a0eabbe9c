// The chart of the comparison: a bar a row, how many times as fast as the best JavaScript peer, on a log scale; PyTorch as a mark.
import * as echarts from "echarts";
import { best, digits, titles } from "./summary.mjs";

// readable on white and on black
const ink = "#76808c";
const faint = "rgba(127, 137, 149, 0.3)";
const colours = { forward: "#3d8bfd", training: "#2ea06b", behind: "#e0533d", torch: "#d29922" };

export function chart({ machine, versions, rows }) {
  // the vertical axis grows upwards
  const drawn = rows.filter(best).reverse();
  const bars = (kind) =>
    drawn.map((row) => {
      const { ratio } = best(row);
      const color = ratio < 1 ? colours.behind : colours[kind];
      return row.kind === kind ? { value: Math.log2(ratio), itemStyle: { color } } : null;
    });
  const series = ["forward", "training"].map((kind) => ({
    name: kind === "forward" ? "forward" : "training step",
    type: "bar",
    stack: "all",
    data: bars(kind),
    barWidth: 11,
    itemStyle: { color: colours[kind] },
  }));
  const one = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: ink, type: "solid" } };
  series[0].markLine = { ...one, data: [{ xAxis: 0 }] };
  if (versions.torch) {
    series.push({
      name: "against PyTorch",
      type: "scatter",
      symbol: "diamond",
      symbolSize: 8,
      itemStyle: { color: colours.torch, opacity: 1 },
      data: drawn.flatMap(({ found }, i) => (found.torch ? [[Math.log2(found.torch.ratio), i]] : [])),
    });
  }
  const axis = (data) => ({
    type: "category",
    data,
    axisLabel: { color: ink, fontSize: 11, interval: 0 },
    axisLine: { show: false },
    axisTick: { show: false },
  });
  const closest = drawn.map((row) => {
    const { library, ratio } = best(row);
    return `${digits(ratio)}  ${titles[library]}`;
  });
  const svg = echarts.init(null, null, { renderer: "svg", ssr: true, width: 960, height: 136 + drawn.length * 18 });
  svg.setOption({
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "system-ui, sans-serif", color: ink },
    title: {
      text: "Times as fast as the best JavaScript peer of each row, one thread",
      subtext: machine,
      left: "center",
      textStyle: { color: ink, fontSize: 16 },
      subtextStyle: { color: ink },
    },
    legend: { top: 62, textStyle: { color: ink }, itemGap: 40 },
    grid: { left: 275, right: 110, top: 96, bottom: 30 },
    yAxis: [axis(drawn.map(({ name }) => name)), axis(closest)],
    xAxis: {
      type: "value",
      interval: 1,
      axisLabel: { color: ink, formatter: (v) => (v < 0 ? `1/${2 ** -v}` : `${2 ** v}`) },
      splitLine: { lineStyle: { color: faint } },
    },
    series,
  });
  const text = svg.renderToSVGString();
  svg.dispose();
  return text;
}
