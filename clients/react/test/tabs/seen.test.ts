import { expect, it } from "vitest";
import { world } from "../session/world";

it("a hidden tab that leads polls as often as a visible one that follows needs it", async () => {
  const { browser, server, client, open, tab } = world({ transports: ["polling"], pollMs: 10_000 });
  client.start();
  await browser.advance(2_000);
  const other = open("second");
  other.client.start();
  await browser.advance(2_000);
  tab.say("hidden");
  other.tab.say("hidden");
  await browser.advance(60_000);
  const before = server.count("/api/events");
  other.tab.say("visible");
  await browser.settle();
  expect(server.count("/api/events") - before).toBe(1);
  await browser.advance(60_000);
  expect(server.count("/api/events") - before).toBeGreaterThan(5);
  const seen = server.count("/api/events");
  other.tab.say("hidden");
  await browser.advance(80_000);
  expect(server.count("/api/events") - seen).toBeLessThan(6);
});
