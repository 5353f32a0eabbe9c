// The page in a real browser: drawing, the keyboard, training, the confusion matrix, a phone.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../examples/serve.mjs";
import { chromiumPath, launch } from "./browser.ts";
import { checkPrepared, root } from "./prepare.ts";

const path = chromiumPath();

describe.runIf(path !== null)("the page", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  async function open(options: Parameters<Browser["newPage"]>[0]): Promise<Page> {
    const opened = await browser.newPage(options);
    opened.on("pageerror", (error) => errors.push(String(error)));
    opened.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    await opened.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await opened.waitForSelector("html[data-ready]");
    return opened;
  }

  /** A stroke through these points of the pad, from 0 to 1. */
  async function draw(on: Page, points: [number, number][]): Promise<void> {
    const box = await on.locator("#pad").boundingBox();
    if (box === null) throw new Error("no pad");
    for (const [i, [x, y]] of points.entries()) {
      await on.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 8 });
      if (i === 0) await on.mouse.down();
    }
    await on.mouse.up();
  }
  const screenshot = (of: Page, name: string): Promise<Buffer> =>
    of.screenshot({ path: `${root}out/screenshots/${name}.png`, fullPage: true });

  beforeAll(async () => {
    checkPrepared();
    execFileSync(process.execPath, ["examples/web/build.mjs"], { cwd: root });
    mkdirSync(`${root}out/screenshots`, { recursive: true });
    server = await serve(`${root}out/web`);
    browser = await launch(path as string);
    page = await open({ viewport: { width: 1200, height: 900 } });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it("reads what the mouse draws, and forgets it when cleared", async () => {
    expect(await page.textContent("#digit")).toBe("?");
    await draw(page, [
      [0.25, 0.2],
      [0.75, 0.2],
      [0.55, 0.5],
      [0.4, 0.85],
    ]);
    expect(await page.textContent("#digit")).toBe("7");
    expect(await page.locator("#bars .best").textContent()).toMatch(/^7\d+\.\d %$/);
    await screenshot(page, "drawn");
    await page.click("#clear");
    expect(await page.textContent("#digit")).toBe("?");
  });

  it("can be drawn on by keyboard", async () => {
    await page.focus("#pad");
    for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Space");
    for (let i = 0; i < 24; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    expect(await page.textContent("#digit")).toBe("1");
    await page.keyboard.press("Delete");
    expect(await page.textContent("#digit")).toBe("?");
  });

  it("reaches every control by Tab, and names each", async () => {
    await page.focus("#pad");
    const reached: string[] = [];
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => document.activeElement?.id ?? ""));
    }
    expect(reached.slice(0, 5)).toEqual(["clear", "sample", "train", "pretrained", "rate"]);
    const nameless = await page.evaluate(
      () =>
        [...document.querySelectorAll("button, select, canvas[tabindex]")].filter((e) => !e.textContent && !e.ariaLabel)
          .length,
    );
    expect(nameless).toBe(0);
  });

  it("shows a digit of each class and which ones are mixed up", async () => {
    await expect.poll(() => page.locator("#confusion button").count(), { timeout: 10_000 }).toBe(100);
    expect(await page.textContent("#accuracy")).toMatch(/^9[6-9]\.\d %$/);
    await page.locator("#confusion tbody tr:nth-child(4) td:nth-child(5) button").click();
    expect(await page.textContent("#digit")).toBe("3");
  });

  it("trains in front of you and stays responsive", async () => {
    const filters = await page
      .locator("#filters canvas")
      .first()
      .evaluate((c: HTMLCanvasElement) => c.toDataURL());
    await page.click("#train");
    await expect.poll(() => page.textContent("#epoch"), { timeout: 20_000 }).toMatch(/^[1-5] of 5$/);
    // a frame of the page while the learner works: it never waits for a batch
    const longest = await page.evaluate(
      () =>
        new Promise<number>((done) => {
          let [last, most, left] = [performance.now(), 0, 60];
          const frame = (now: number): void => {
            most = Math.max(most, now - last);
            last = now;
            if (--left === 0) done(most);
            else requestAnimationFrame(frame);
          };
          requestAnimationFrame(frame);
        }),
    );
    expect(longest).toBeLessThan(1000);
    await expect
      .poll(async () => Number.parseFloat((await page.textContent("#accuracy")) ?? ""), { timeout: 60_000 })
      .toBeGreaterThan(85);
    expect(
      await page
        .locator("#filters canvas")
        .first()
        .evaluate((c: HTMLCanvasElement) => c.toDataURL()),
    ).not.toBe(filters);
    await screenshot(page, "training");

    await page.click("#pause");
    await expect.poll(() => page.textContent("#status")).toBe("Paused.");
    await page.waitForTimeout(300);
    const stopped = await page.getAttribute("#progress", "value");
    await page.waitForTimeout(500);
    expect(await page.getAttribute("#progress", "value")).toBe(stopped);
    await page.click("#pretrained");
    await expect.poll(() => page.textContent("#accuracy"), { timeout: 10_000 }).toMatch(/^9[6-9]\.\d %$/);
  }, 120_000);

  it("can be told to train before the digits have arrived, and to start over", async () => {
    const hasty = await open({ viewport: { width: 800, height: 600 } });
    await hasty.click("#train");
    await expect.poll(() => hasty.textContent("#epoch"), { timeout: 20_000 }).toMatch(/^1 of 5$/);
    await hasty.selectOption("#rate", "0.01");
    await hasty.click("#train");
    await expect.poll(() => hasty.textContent("#epoch"), { timeout: 20_000 }).toMatch(/^1 of 5$/);
    await hasty.close();
  });

  it("fits a phone, drawn on with a finger", async () => {
    const phone = await open({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      colorScheme: "dark",
    });
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await draw(phone, [
      [0.5, 0.2],
      [0.5, 0.8],
    ]);
    expect(await phone.textContent("#digit")).toBe("1");
    const bars = await phone.locator("#bars").boundingBox();
    expect((bars?.y ?? 0) + (bars?.height ?? 0)).toBeLessThanOrEqual(844);
    await screenshot(phone, "phone");
  });

  it("logs no error and no warning", () => {
    expect(errors).toEqual([]);
  });
});
