import { describe, expect, it } from "vitest";
import { fakeBrowser, NOTHING } from "./platform";

describe("the browser that tests run on", () => {
  it("runs timers in order and only when time has come", async () => {
    const browser = fakeBrowser();
    const tab = browser.tab();
    const ran: string[] = [];
    tab.setTimeout(() => ran.push("second"), 20);
    tab.setTimeout(() => {
      ran.push("first");
      tab.setTimeout(() => ran.push("nested"), 5);
    }, 10);
    await browser.advance(15);
    expect(ran).toEqual(["first", "nested"]);
    await browser.advance(5);
    expect(ran).toEqual(["first", "nested", "second"]);
    expect(tab.leaks()).toEqual(NOTHING);
  });

  it("carries messages to the other tabs, to a frozen one when it thaws", async () => {
    const browser = fakeBrowser();
    const [one, two] = [browser.tab(), browser.tab()];
    const heard: unknown[] = [];
    if (!one.BroadcastChannel || !two.BroadcastChannel) throw new Error("no channels");
    const from = new one.BroadcastChannel("x");
    new two.BroadcastChannel("x").onmessage = (event) => heard.push(event.data);
    from.postMessage({ a: 1 });
    await browser.settle();
    two.freeze();
    from.postMessage({ a: 2 });
    await browser.settle();
    expect(heard).toEqual([{ a: 1 }]);
    two.thaw();
    expect(heard).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("gives a lock to one at a time, lets it be stolen, and frees it with its tab", async () => {
    const browser = fakeBrowser();
    const [one, two, three] = [browser.tab(), browser.tab(), browser.tab()];
    const log: string[] = [];
    const hold = (name: string) => () => new Promise<void>(() => void log.push(name));
    one.locks?.request("l", hold("one")).catch((error: DOMException) => log.push(error.name));
    two.locks?.request("l", hold("two")).catch(() => log.push("two robbed"));
    await browser.settle();
    expect(log).toEqual(["one"]);
    three.locks?.request("l", { steal: true }, hold("three")).catch(() => undefined);
    await browser.settle();
    expect(log.slice(1).sort()).toEqual(["AbortError", "three"]);
    three.close();
    await browser.settle();
    expect(log.at(-1)).toBe("two");
  });

  it("ends a request that is aborted, also while its body flows", async () => {
    const browser = fakeBrowser();
    const tab = browser.tab();
    const control = new AbortController();
    tab.onRequest = (request) => request.stream().push("data: 1\n\n");
    const response = await tab.fetch("/api/x", { signal: control.signal });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n");
    expect(tab.leaks().requests).toBe(1);
    control.abort();
    await expect(reader?.read()).rejects.toThrow();
    expect(tab.leaks()).toEqual(NOTHING);
  });
});
