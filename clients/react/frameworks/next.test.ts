/** The built package in a real Next.js application: rendered on its server, taken over and kept live in a real browser. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../browser/support/chromium";
import { type Server, startServer } from "../browser/support/server";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const APPLICATION = fileURLToPath(new URL("next", import.meta.url));
const NEXT = join(APPLICATION, "node_modules/next/dist/bin/next");
const PATIENCE_MS = 30_000;
const run = promisify(execFile);

let belfry: Server;
let browser: Browser;
let env: NodeJS.ProcessEnv;
let port: number;

beforeAll(async () => {
  port = await freePort();
  await installPackage();
  // The page with tokens comes from another origin, and is named. The one with cookies shares Next.js's own, and need not be.
  belfry = await startServer(["--allowed-origin", `http://localhost:${port}`]);
  env = { ...process.env, NODE_ENV: undefined, NEXT_TELEMETRY_DISABLED: "1", BELFRY_URL: belfry.url, NEXT_PUBLIC_BELFRY: belfry.url, BELFRY_TOKEN: belfry.token("ben") };
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await belfry?.stop();
});

describe.each(["production", "development"] as const)("Next.js in %s", mode => {
  let next: ChildProcess;

  beforeAll(async () => {
    if (mode === "production") await run(process.execPath, [NEXT, "build"], { cwd: APPLICATION, env });
    next = await startNext(mode === "production" ? "start" : "dev");
  }, 240_000);
  // Open pages would keep the server from ending.
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(() => end(next));

  it("renders the inbox on the server", async () => {
    const cookie = await signedIn("anna");
    const answer = await fetch(`http://127.0.0.1:${port}/dashboard`, { headers: { cookie } });
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(html).toMatch(/<button[^>]*class="belfry-bell"[^>]*aria-label="Notifications"/);
    expect(html).toMatch(/<h2 class="belfry-inbox-title">Notifications<\/h2>/);
    expect(html).toContain("belfry-skeleton");
    expect(html).toMatch(/<p id="line" data-status="offline">0(<!-- -->)? unread<\/p>/);
  });

  it("takes it over without a word on the console, and shows what arrives", async () => {
    const { page, said } = await open("http://127.0.0.1", "/dashboard", "anna");
    await page.locator('#line[data-status="live"][data-transport="sse"]').waitFor();
    const title = `Anna's, in ${mode}`;
    await belfry.publish({ type: "notification", userId: "anna", title });
    await page.locator(".belfry-toast", { hasText: title }).waitFor();
    await page.locator(".belfry-row", { hasText: title }).click();
    // A change by cookie, which the server takes from its own pages alone.
    await expect.poll(() => unread("anna")).toBe(0);
    await page.locator("#line", { hasText: /^0 unread/ }).waitFor();
    expect(said).toEqual([]);
    expect(await page.evaluate(() => served !== null && served === document.querySelector(".belfry-inbox"))).toBe(true);
  });

  it("works from another origin, with a token", async () => {
    const { page, said } = await open("http://localhost", "/tokens");
    await page.locator('#line[data-status="live"][data-transport="sse"]').waitFor();
    const title = `Ben's, in ${mode}`;
    await belfry.publish({ type: "notification", userId: "ben", title });
    await page.locator(".belfry-row", { hasText: title }).click();
    await expect.poll(() => unread("ben")).toBe(0);
    expect(said).toEqual([]);
  });

  async function startNext(how: "start" | "dev"): Promise<ChildProcess> {
    const child = spawn(process.execPath, [NEXT, how, "--port", String(port)], { cwd: APPLICATION, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const ready = new Promise<void>(resolve => {
      const hear = (bytes: Buffer): void => {
        said += bytes.toString();
        if (/Ready in/.test(said)) resolve();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
    });
    const gone = once(child, "exit").then(() => Promise.reject(new Error(`next ${how} ended: ${said}`)));
    gone.catch(() => undefined);
    await Promise.race([ready, gone]);
    return child;
  }
});

declare global {
  /** The inbox as it came from the server, before any script has run. */
  var served: Element | null;
}

/** A page, with what its console complains of. Given a user, it has signed in first, at Belfry itself: its cookie counts for every port. */
async function open(host: string, path: string, user?: string): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext();
  await context.addInitScript(() => document.addEventListener("readystatechange", () => (globalThis.served ??= document.querySelector(".belfry-inbox"))));
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const said: string[] = [];
  page.on("console", message => ["error", "warning"].includes(message.type()) && said.push(message.text()));
  page.on("pageerror", error => said.push(String(error)));
  if (user !== undefined) {
    await page.goto(belfry.url);
    await page.evaluate(signInAs => fetch("/dev/signin", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: signInAs }) }), user);
  }
  await page.goto(`${host}:${port}${path}`);
  return { page, said };
}

/** The cookie of somebody who has signed in. */
async function signedIn(user: string): Promise<string> {
  const answer = await fetch(`${belfry.url}/dev/signin`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user }) });
  return answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

async function unread(user: string): Promise<number> {
  return ((await (await belfry.api(user, "/api/unread")).json()) as { unreadCount: number }).unreadCount;
}

/** As its users do: packed, and the pack installed. */
async function installPackage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "belfry-pack-"));
  await run("npm", ["pack", "--pack-destination", folder, "--loglevel=error"], { cwd: PACKAGE });
  const [pack = ""] = await readdir(folder);
  await run("npm", ["install", "--no-save", "--no-package-lock", "--prefer-offline", "--loglevel=error", join(folder, pack)], { cwd: APPLICATION });
  await rm(folder, { recursive: true });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
