// Debian's browsers for tests that need one. On a user's machine a missing browser is named and its tests left out; in CI it fails.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; null where there is none. @throws Error in CI. */
export function chromiumPath(): string | null {
  const found = PLACES.find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (process.env.CI !== undefined) throw new Error("no Chromium: apt-get install -y --no-install-recommends chromium");
  console.warn("The page is not tested: Chromium is not installed.");
  return null;
}

/** A headless Chromium that asks nothing of the network. */
export function launch(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-sync", ...quiet] });
}
