/** The browser that the tests drive. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const USUAL = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// Nothing but what the tests ask for goes over the network, and HTTP stays at 1.1 with its six connections to a host.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @throws with what to install, where there is none. */
export function executable(): string {
  const named = process.env["BELFRY_CHROMIUM"];
  const found = named ?? USUAL.find(path => existsSync(path));
  if (found === undefined || !existsSync(found)) {
    const where = named === undefined ? "There is no Chromium here" : `BELFRY_CHROMIUM names ${named}, which is not there`;
    throw new Error(`${where}: install one (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium) or name it by BELFRY_CHROMIUM`);
  }
  return found;
}

/** `keepsPages`: those that were left stay for the back button, as they do in everybody's browser and in Playwright's only by request. */
export function launchBrowser({ keepsPages = false } = {}): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), headless: true, args: FLAGS, ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [] });
}
