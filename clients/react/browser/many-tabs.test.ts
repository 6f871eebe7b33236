/** More tabs than a browser has connections to one host at HTTP/1.1. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, type Tab, setStage } from "./support/stage";

const TABS = 7;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

async function seven(user: string, init?: () => void): Promise<[Tab, ...Tab[]]> {
  const context = await stage.context(init);
  const tabs: Tab[] = [];
  for (let count = 0; count < TABS; count += 1) tabs.push(await stage.tab(context, user));
  const [last, ...others] = tabs.reverse();
  if (last === undefined) throw new Error("no tabs");
  return [last, ...others];
}

describe("seven tabs at HTTP/1.1", () => {
  it("case 23: the seventh loads and marks as read; all of them by one stream", async () => {
    await stage.server.publish({ type: "notification", userId: "anna", title: "to be read" });
    const [seventh, ...others] = await seven("anna");
    for (const tab of [seventh, ...others]) await tab.untilLive();
    expect(stage.proxy.open("sse")).toBe(1);
    await marks(seventh, "anna");
    for (const tab of others) await tab.until(() => window.__belfry.shown.unreadCount === 0, null);
  });

  it("case 23: also without locks, where each tab has a line of its own", async () => {
    await stage.server.publish({ type: "notification", userId: "ben", title: "to be read" });
    const [seventh, ...others] = await seven("ben", () => {
      Object.defineProperty(Navigator.prototype, "locks", { configurable: true, get: () => undefined });
    });
    for (const tab of [seventh, ...others]) await tab.until(() => !window.__belfry.shown.isLoading && window.__belfry.shown.status !== "offline", null);
    await marks(seventh, "ben");
    for (const tab of others) await tab.until(() => window.__belfry.shown.unreadCount === 0, null);
    // A stream takes one of the six connections for as long as it is open; sockets are counted apart.
    expect(stage.proxy.open("sse")).toBeLessThan(6);
  });
});

async function marks(tab: Tab, user: string): Promise<void> {
  await tab.until(() => window.__belfry.shown.unreadCount === 1, null);
  await tab.page.evaluate(() => window.__belfry.act?.markAsRead(window.__belfry.shown.ids[0] ?? ""));
  const { unreadCount } = (await (await stage.server.api(user, "/api/unread")).json()) as { unreadCount: number };
  expect(unreadCount).toBe(0);
}
