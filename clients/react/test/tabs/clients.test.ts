/** Whole clients in several tabs, against the small server: what a user sees of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClient } from "../../src/core/client";
import type { Client, ClientOptions, Heard } from "../../src/core/types";
import { Server } from "../session/server";
import { fakeBrowser, NOTHING, type FakeTab } from "../support/platform";

interface Open {
  tab: FakeTab;
  client: Client;
  heard: Heard[];
}

function world(seed = 1) {
  const browser = fakeBrowser({ seed });
  const server = new Server(browser.now);
  const tabs: Open[] = [];
  const open = (options: ClientOptions = {}): Open => {
    const tab = server.serve(browser.tab());
    const client = createClient(options, tab);
    const heard: Heard[] = [];
    client.onEvent(one => heard.push(one));
    client.start();
    const opened = { tab, client, heard };
    tabs.push(opened);
    return opened;
  };
  const three = async () => {
    const opened: [Open, Open, Open] = [open(), open(), open()];
    await pass(1_000);
    return opened;
  };
  /** Time with heartbeats. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 10_000) {
      await browser.advance(Math.min(left, 10_000));
      server.beat();
      await browser.settle();
    }
  };
  return { browser, server, tabs, open, three, pass };
}
const ids = ({ client }: Open) => client.snapshot().notifications.map(({ id }) => id);
const count = ({ client }: Open) => client.snapshot().unreadCount;

/** The main thread is busy, and its page learns nothing of it afterwards. */
function hang(tab: FakeTab): void {
  tab.frozen = true;
}

describe("several tabs of a user", () => {
  it("case 23: seven tabs have one line, and the seventh reads and marks", async () => {
    const { server, open, pass } = world();
    server.notify("one");
    const tabs = Array.from({ length: 7 }, () => open());
    await pass(2_000);
    expect(server.open).toHaveLength(1);
    const last = tabs[6] as Open;
    await last.client.mark({ id: "one" }, { read: true });
    await pass(1_000);
    expect(tabs.map(count)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it("case 25: one event in three tabs is new once in each, and one of them leads", async () => {
    const { server, three, pass } = world();
    const tabs = await three();
    server.notify("one");
    await pass(1_000);
    const news = tabs.map(({ heard }) => heard.filter(({ isNew }) => isNew));
    expect(news.map(heard => heard.length)).toEqual([1, 1, 1]);
    expect(news.flat().filter(({ leads }) => leads)).toHaveLength(1);
  });

  it("case 26: read in one tab or on the phone, all tabs show it with the new count", async () => {
    const { server, three, pass } = world();
    server.notify("one");
    server.notify("two");
    const tabs = await three();
    expect(tabs.map(count)).toEqual([2, 2, 2]);
    const asked = server.count("/api/notifications");
    const done = tabs[2].client.mark({ id: "one" }, { read: true });
    await pass(50);
    expect(tabs.map(count)).toEqual([1, 1, 1]);
    await done;
    server.rows = server.rows.map(row => ({ ...row, read: true, unreadSince: undefined }));
    const [row] = server.rows;
    if (row) server.publish([{ type: "notification", notification: row }]);
    await pass(50);
    expect(tabs.map(count)).toEqual([0, 0, 0]);
    // The change itself, and nothing more.
    expect(server.count("/api/notifications") - asked).toBe(1);
  });

  it("case 24: a leading tab hangs: another goes on from its own cursor, reads no list anew, and nothing is new twice", async () => {
    const { server, three, pass } = world();
    const tabs = await three();
    const leader = tabs.find(({ tab }) => server.open[0]?.tab === tab) as Open;
    const others = tabs.filter(one => one !== leader);
    const asked = server.count("/api/notifications");
    hang(leader.tab);
    server.notify("while it hung");
    await pass(6_000);
    expect(others.map(ids)).toEqual([["while it hung"], ["while it hung"]]);
    leader.tab.thaw();
    await pass(1_000);
    server.notify("later");
    await pass(1_000);
    expect(tabs.map(ids)).toEqual([["later", "while it hung"], ["later", "while it hung"], ["later", "while it hung"]]);
    expect(server.open).toHaveLength(1);
    expect(server.count("/api/notifications")).toBe(asked);
    for (const { heard } of tabs) expect(heard.filter(({ isNew }) => isNew)).toHaveLength(2);
  });

  it("a leader whose token is refused lets another try, whose token is good", async () => {
    const { server, browser, open, pass } = world();
    let valid = true;
    const first = open({ getToken: () => (valid ? "good" : null) });
    await pass(1_000);
    const second = open({ getToken: () => "good" });
    await pass(1_000);
    expect(server.open[0]?.tab).toBe(first.tab);
    valid = false;
    server.serve(first.tab);
    first.tab.onRequest = request => request.problem(401, "unauthenticated");
    for (const { stream } of server.open) stream.end();
    await pass(10_000);
    expect(server.open.map(({ tab }) => tab)).toEqual([second.tab]);
    server.notify("seen by both");
    await browser.settle();
    expect([ids(first), ids(second)]).toEqual([["seen by both"], ["seen by both"]]);
  });

  it("C36 all leave nothing", async () => {
    const { browser, three } = world();
    const tabs = await three();
    for (const { client } of tabs) client.stop();
    await browser.settle();
    expect(tabs.map(({ tab }) => tab.leaks())).toEqual([NOTHING, NOTHING, NOTHING]);
  });
});

type Step = { do: "open" | "stop" | "freeze" | "hang" | "thaw" | "hide" | "show" | "notify" | "mark" | "drop"; tab: number; ms: number };
const steps = fc.array(
  fc.record({
    do: fc.constantFrom<Step["do"][]>("open", "stop", "freeze", "hang", "thaw", "thaw", "hide", "show", "notify", "notify", "notify", "mark", "drop"),
    tab: fc.nat(5),
    ms: fc.integer({ min: 0, max: 5_000 }),
  }),
  { maxLength: 25 },
);

it("C34 whatever tabs do, in the end all show what the server has, by one line, and nothing was new twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, all) => {
      const { server, tabs, open, pass } = world(seed);
      let told = 0;
      open();
      await pass(500);
      for (const step of all) {
        const at = tabs[step.tab % tabs.length];
        if (step.do === "notify") server.notify(`n${++told}`);
        else if (step.do === "drop") for (const { stream } of server.open) stream.end();
        else if (step.do === "open") {
          if (tabs.length < 5) open();
        } else if (at) act(at, step.do, tabs);
        await pass(step.ms);
      }
      for (const { tab } of tabs) if (tab.frozen) tab.thaw();
      if (tabs.length === 0) open();
      await pass(90_000);
      const rows = server.rows.map(({ id }) => id).sort();
      const unread = server.rows.filter(({ read }) => !read).length;
      for (const one of tabs) {
        expect([...ids(one)].sort()).toEqual(rows);
        expect(count(one)).toBe(unread);
        const fresh = one.heard.filter(({ isNew }) => isNew).map(({ event }) => ("notification" in event ? event.notification.id : ""));
        expect(new Set(fresh).size).toBe(fresh.length);
      }
      expect(server.open).toHaveLength(1);
    }),
    { numRuns: Number(process.env["BELFRY_RUNS"] ?? 60) },
  );
}, 60_000);

function act(one: Open, what: Step["do"], tabs: Open[]): void {
  const { tab, client } = one;
  if (what === "thaw") {
    if (tab.frozen) tab.thaw();
  } else if (tab.frozen) return;
  else if (what === "stop") {
    client.stop();
    tabs.splice(tabs.indexOf(one), 1);
  } else if (what === "freeze") tab.freeze();
  else if (what === "hang") hang(tab);
  else if (what === "hide") tab.say("hidden");
  else if (what === "show") tab.say("visible");
  else if (what === "mark") {
    const [unread] = client.snapshot().notifications.filter(({ read }) => !read);
    if (unread) client.mark({ id: unread.id }, { read: true }).catch(() => {});
  }
}
