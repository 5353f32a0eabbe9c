// The chart of the comparison: a bar a row, how many times as fast as the best JavaScript peer, on a log scale; PyTorch as a mark.
import * as echarts from "echarts";

// readable on white and on black
const ink = "#76808c";
const colours = { forward: "#3d8bfd", training: "#2ea06b", behind: "#e0533d", torch: "#d29922" };
const faint = "rgba(127, 137, 149, 0.3)";

export function chart({ machine, versions, rows }, { best, titles }) {
  const drawn = rows.filter(best).reverse();
  const height = 120 + drawn.length * 18;
  const svg = echarts.init(null, null, { renderer: "svg", ssr: true, width: 960, height });
  const bars = (kind) =>
    drawn.map((row) => {
      const { library, ratio } = best(row);
      if (row.kind !== kind) return null;
      return {
        value: Math.log2(ratio),
        itemStyle: { color: ratio < 1 ? colours.behind : colours[kind] },
        label: { show: true, formatter: `${ratio.toFixed(ratio < 10 ? 2 : 0)}  ${titles[library]}` },
      };
    });
  const series = ["forward", "training"].map((kind) => ({
    name: kind === "forward" ? "forward, against the best JavaScript peer" : "training step, the same",
    type: "bar",
    stack: "all",
    data: bars(kind),
    barWidth: 11,
    itemStyle: { color: colours[kind] },
    label: { position: "right", color: ink, fontSize: 10 },
  }));
  if (versions.torch) {
    series.push({
      name: "against native PyTorch",
      type: "scatter",
      symbol: "diamond",
      symbolSize: 8,
      itemStyle: { color: colours.torch },
      data: drawn.flatMap(({ found }, i) => (found.torch ? [[Math.log2(found.torch.ratio), i]] : [])),
    });
  }
  svg.setOption({
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "system-ui, sans-serif", color: ink },
    title: {
      text: "Times as fast as the best JavaScript peer, one thread",
      subtext: machine,
      left: "center",
      textStyle: { color: ink, fontSize: 16 },
      subtextStyle: { color: ink },
    },
    legend: { top: 52, textStyle: { color: ink }, itemGap: 24 },
    grid: { left: 12, right: 90, top: 84, bottom: 12, containLabel: true },
    yAxis: {
      type: "category",
      data: drawn.map(({ name }) => name),
      axisLabel: { color: ink, fontSize: 11, interval: 0 },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    xAxis: {
      type: "value",
      interval: 1,
      axisLabel: { color: ink, formatter: (v) => (v < 0 ? `1/${2 ** -v}` : `${2 ** v}`) },
      splitLine: { lineStyle: { color: faint } },
    },
    series,
  });
  return svg.renderToSVGString();
}
