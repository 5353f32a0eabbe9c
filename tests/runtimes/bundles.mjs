// Bundles the packed package by esbuild, vite, webpack and rollup without a warning, runs it in Chromium and Firefox (plain modules
// and bundles), and shows the error of a strict CSP: node tests/runtimes/bundles.mjs
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";
import { serve } from "../../examples/serve.mjs";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-bundles-"));
const home = join(folder, "node_modules/lanegrad");
const site = join(folder, "site");
let failed = 0;

function report(name, ok, detail) {
  console.log(`${ok ? "ok    " : "FAILED"} ${name}: ${detail}`);
  if (!ok) failed++;
}

/** The package as a user gets it, and a program that trains with it. */
function unpack() {
  mkdirSync(home, { recursive: true });
  mkdirSync(site);
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder]).toString());
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", home, "--strip-components=1"]);
  cpSync("tests/runtimes/package.test.mjs", join(folder, "package.test.mjs"));
  cpSync("tests/runtimes/shims", join(folder, "shims"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "main.js"),
    `import "./package.test.mjs";
import { runTests } from "./shims/test.mjs";
let text = "";
try {
  await runTests((line) => (text += line));
} catch (error) {
  text += error;
}
await fetch("/report?from=" + new URLSearchParams(location.search).get("from"), { method: "POST", body: text });
`,
  );
}

const entry = join(folder, "main.js");
writeFileSync(
  join(folder, "small.js"),
  `import { zeros } from "lanegrad/bare";
import { relu } from "lanegrad/functional";
import * as nn from "lanegrad/nn";
console.log(JSON.stringify(relu(new nn.Linear(2, 1).forward(zeros(3, 2))).shape));
`,
);
const alias = {
  "node:test": join(folder, "shims/test.mjs"),
  "node:assert/strict": join(folder, "shims/assert.mjs"),
};

/** Each gives its warnings. The test file itself has effects, which "sideEffects": false of the package does not touch. */
const bundlers = {
  async esbuild(outfile, entry) {
    const { warnings } = await esbuild({
      entryPoints: [entry],
      bundle: true,
      format: "esm",
      outfile,
      alias,
      logLevel: "silent",
    });
    return warnings.map((w) => w.text);
  },
  async rollup(file, entry) {
    const warnings = [];
    const aliased = { name: "alias", resolveId: (id) => alias[id] ?? null };
    const bundle = await rollup({
      input: entry,
      plugins: [aliased, nodeResolve({ browser: true })],
      onLog: (_, log) => warnings.push(log.message),
    });
    await bundle.write({ file, format: "es" });
    return warnings;
  },
  async vite(file, entry) {
    const warnings = [];
    const customLogger = {
      ...Object.fromEntries(["info", "clearScreen"].map((name) => [name, () => {}])),
      ...Object.fromEntries(["warn", "warnOnce", "error"].map((name) => [name, (text) => warnings.push(text)])),
      hasErrorLogged: () => false,
      hasWarned: false,
    };
    await vite({
      root: folder,
      configFile: false,
      customLogger,
      logLevel: "warn",
      resolve: { alias },
      build: {
        outDir: site,
        emptyOutDir: false,
        target: "es2022",
        // the whole package is more than vite's hint of 500 KB in one file
        chunkSizeWarningLimit: 1000,
        lib: { entry, formats: ["es"], fileName: () => file.split("/").at(-1) },
      },
    });
    return warnings;
  },
  async webpack(file, entry) {
    const stats = await new Promise((done, fail) => {
      webpack(
        {
          mode: "production",
          context: folder,
          entry,
          output: { path: site, filename: file.split("/").at(-1) },
          resolve: { alias },
          plugins: [
            new webpack.NormalModuleReplacementPlugin(/^node:(test|assert)/, (r) => (r.request = alias[r.request])),
          ],
          performance: false,
        },
        (error, result) => (error ? fail(error) : done(result)),
      );
    });
    return [...stats.compilation.warnings, ...stats.compilation.errors].map(String);
  },
};

/** Browsers with flags that keep them quiet without a network. */
const browsers = {
  chromium: (profile) => [
    ...[
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
    ],
    ...["--disable-component-update", "--disable-sync", `--user-data-dir=${profile}`],
  ],
  "firefox-esr": (profile) => ["--headless", "--no-remote", "--profile", profile],
};

/** A loopback server of the site that hears what its pages report. */
async function listen() {
  const waiting = new Map();
  const files = await serve(site);
  const { port } = files.address();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname === "/report") {
      let text = "";
      for await (const chunk of request) text += chunk;
      waiting.get(url.searchParams.get("from"))?.(text);
      response.end();
      return;
    }
    const answer = await fetch(`http://127.0.0.1:${port}${url.pathname}`);
    const headers = { "content-type": answer.headers.get("content-type") };
    // the page of the strict policy may fetch and run scripts of its own, but compile no WebAssembly
    if (url.pathname === "/csp.html") headers["content-security-policy"] = "default-src 'self'; script-src 'self'";
    response.writeHead(answer.status, headers);
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const hear = (from) => new Promise((done) => waiting.set(from, done));
  return {
    port: server.address().port,
    hear,
    close: () => [files.close(), server.close(), files.closeAllConnections()],
  };
}

/** Opens a page in a browser and gives what it reported. */
async function visit(browser, path, { port, hear }, from) {
  const profile = mkdtempSync(join(folder, "profile-"));
  const heard = hear(from);
  const child = spawn(
    path,
    [...browsers[browser](profile), `http://127.0.0.1:${port}/${from.split("@")[0]}.html?from=${from}`],
    {
      stdio: "ignore",
      detached: true,
    },
  );
  const late = new Promise((done) => setTimeout(done, 60_000, "no report within a minute").unref());
  const text = await Promise.race([heard, late]);
  process.kill(-child.pid, "SIGKILL");
  return text;
}

unpack();
const pages = [];
for (const [name, bundle] of Object.entries(bundlers)) {
  const warnings = await bundle(join(site, `${name}.js`), entry);
  report(`bundled by ${name}`, warnings.length === 0, warnings.length === 0 ? "no warning" : warnings.join("\n"));
  writeFileSync(join(site, `${name}.html`), `<!doctype html><script type="module" src="${name}.js"></script>`);
  pages.push(name);
}
for (const [name, bundle] of Object.entries(bundlers)) {
  const file = join(site, `${name}-small.mjs`);
  await bundle(file, join(folder, "small.js"));
  const text = readFileSync(file, "utf8");
  const output = execFileSync(process.execPath, [file]).toString().trim();
  // what only an LSTM, a loss, an optimizer, a file or a method needs
  const kept = ["weight_hr", "labelSmoothing", "param_groups", "data_offsets", "keepdim"].filter((word) =>
    text.includes(word),
  );
  report(`a layer alone, by ${name}`, output === "[3,1]" && kept.length === 0, kept.join(" ") || output);
}
// the package as it is, by an import map, without any bundler
cpSync(join(home, "dist"), join(site, "lanegrad"), { recursive: true });
for (const file of ["main.js", "package.test.mjs"]) cpSync(join(folder, file), join(site, file));
cpSync(join(folder, "shims"), join(site, "shims"), { recursive: true });
const imports = {
  lanegrad: "/lanegrad/index.js",
  "lanegrad/bare": "/lanegrad/bare.js",
  "lanegrad/nn": "/lanegrad/nn/index.js",
  "lanegrad/optim": "/lanegrad/optim/index.js",
  "lanegrad/functional": "/lanegrad/ops/index.js",
  "lanegrad/data": "/lanegrad/data/index.js",
  "lanegrad/io": "/lanegrad/io/index.js",
  "node:test": "/shims/test.mjs",
  "node:assert/strict": "/shims/assert.mjs",
};
writeFileSync(
  join(site, "plain.html"),
  `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="main.js"></script>`,
);
pages.push("plain");
writeFileSync(
  join(site, "csp.js"),
  `const report = (text) => fetch("/report?from=" + new URLSearchParams(location.search).get("from"), { method: "POST", body: text });
import("/lanegrad/index.js").then(() => report("it ran"), (error) => report(String(error)));
`,
);
writeFileSync(join(site, "csp.html"), '<!doctype html><script type="module" src="csp.js"></script>');

const server = await listen();
for (const browser of Object.keys(browsers)) {
  const path = `/usr/bin/${browser}`;
  if (!existsSync(path)) {
    const missing = `not installed: apt-get install -y --no-install-recommends ${browser}`;
    if (process.env.CI) report(browser, false, missing);
    else console.log(`left out ${browser}: ${missing}`);
    continue;
  }
  for (const page of pages) {
    const text = await visit(browser, path, server, `${page}@${browser}`);
    const passed = Number(/^(\d+) passed, 0 failed/.exec(text)?.[1] ?? 0);
    report(`${browser}, ${page}`, passed > 0, text);
  }
  const text = await visit(browser, path, server, `csp@${browser}`);
  report(`${browser}, strict CSP`, /wasm-unsafe-eval/.test(text), text.slice(0, 300));
}
server.close();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.exit(failed === 0 ? 0 : 1);
