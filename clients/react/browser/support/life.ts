/** What happens to a tab's life. */
import type { Tab } from "./stage";

/** No script of it runs any more: no timer, no message, no answer; its locks and connections stay. As a browser does to save power. */
export async function freeze(tab: Tab): Promise<void> {
  await tab.cdp.send("Debugger.enable");
  const paused = new Promise(resolve => tab.cdp.once("Debugger.paused", resolve));
  await tab.cdp.send("Debugger.pause");
  // It stops at the next line that it runs.
  tab.page.evaluate(() => window.__belfry.log.length).catch(() => undefined);
  await paused;
}

export async function thaw(tab: Tab): Promise<void> {
  await tab.cdp.send("Debugger.resume");
  await tab.cdp.send("Debugger.disable");
}

/** A browser without windows never hides a page, so the page is told by the same means as by one that does. */
export function show(tab: Tab, visible: boolean): Promise<void> {
  return tab.page.evaluate(shown => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (shown ? "visible" : "hidden") });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => !shown });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visible);
}
