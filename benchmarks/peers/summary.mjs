// What the rows add up to: the closest peer of each, geometric means, and the rows that are lost.

export const titles = { lanegrad: "lanegrad", tfjs: "tfjs-wasm", ort: "ort-web", jax: "jax-js", torch: "PyTorch" };
/** What a user could take instead in JavaScript; PyTorch is what they leave behind. */
export const libraries = ["tfjs", "ort", "jax"];

/** Three digits of a time or a ratio. */
export const digits = (v) =>
  v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v >= 0.995 ? v.toFixed(2) : v.toPrecision(2);

/** The library that comes closest, or is ahead: { library, ratio }, or null where none does the row. */
export function best({ found }) {
  const able = libraries.filter((library) => found[library]);
  if (able.length === 0) return null;
  const library = able.reduce((a, b) => (found[b].ratio < found[a].ratio ? b : a));
  return { library, ratio: found[library].ratio };
}

function geometric(ratios) {
  if (ratios.length === 0) return null;
  return Math.exp(ratios.reduce((a, r) => a + Math.log(r), 0) / ratios.length);
}

/** [name, rows, mean against the best JavaScript peer of each, mean against PyTorch] for forward, training and each group. */
export function means(rows) {
  const of = (name, those) => [
    name,
    those.length,
    geometric(those.map(best).flatMap((peer) => (peer ? [peer.ratio] : []))),
    geometric(those.flatMap(({ found }) => (found.torch ? [found.torch.ratio] : []))),
  ];
  const kinds = ["forward", "training"].map((kind) =>
    of(
      kind,
      rows.filter((row) => row.kind === kind),
    ),
  );
  const groups = [...new Set(rows.filter((row) => row.kind === "forward").map(({ group }) => group))];
  const parts = groups.map((group) =>
    of(
      `forward: ${group}`,
      rows.filter((row) => row.group === group),
    ),
  );
  return [...kinds, ...parts].filter(([, count]) => count > 0);
}

/** Whether another is faster, by the digits that are shown. */
const behind = (ratio) => Number(digits(ratio)) < 1;

/** [title, lines] of the rows where another is faster. */
export function lost(rows) {
  const line = ({ name }, library, ratio) => `${name}: ${digits(ratio)} (${titles[library]})`;
  const ahead = rows.flatMap((row) => {
    const peer = best(row);
    return peer && behind(peer.ratio) ? [line(row, peer.library, peer.ratio)] : [];
  });
  const native = (kind) =>
    rows.flatMap((row) =>
      row.kind === kind && row.found.torch && behind(row.found.torch.ratio)
        ? [line(row, "torch", row.found.torch.ratio)]
        : [],
    );
  return [
    ["Forward rows lost to PyTorch", native("forward")],
    ["Training rows lost to PyTorch", native("training")],
    ["Rows lost to a JavaScript peer", ahead],
  ];
}

/** The import of each library, the median over all processes, as if it were a row of the first calls. */
export function imports(cold) {
  const middle = (library) => {
    const all = cold.map(({ loaded }) => loaded[library]).filter((v) => v !== null);
    return all.sort((a, b) => a - b)[all.length >> 1] ?? null;
  };
  return { name: "import", first: Object.fromEntries(["lanegrad", ...libraries].map((l) => [l, middle(l)])) };
}

/** Names of the rows whose first call a peer makes in less time. */
export const slowStarts = (cold) =>
  cold.filter(({ first }) => libraries.some((l) => first[l] !== null && first[l] < first.lanegrad)).map((r) => r.name);
