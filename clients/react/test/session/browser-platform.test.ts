// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { browserPlatform } from "../../src/core/browser-platform";

afterEach(() => vi.unstubAllGlobals());

describe("the browser as a platform", () => {
  it("tells what happens to the page until it is asked to stop", () => {
    const told: string[] = [];
    const stop = browserPlatform().watch((what) => told.push(what));
    const page = (type: string, persisted: boolean) => window.dispatchEvent(Object.assign(new Event(type), { persisted }));
    window.dispatchEvent(new Event("offline"));
    window.dispatchEvent(new Event("online"));
    document.dispatchEvent(new Event("visibilitychange"));
    document.dispatchEvent(new Event("freeze"));
    document.dispatchEvent(new Event("resume"));
    page("pagehide", false);
    page("pagehide", true);
    page("pageshow", true);
    expect(told).toEqual(["offline", "online", "visible", "frozen", "resumed", "frozen", "resumed"]);
    stop();
    window.dispatchEvent(new Event("online"));
    expect(told.length).toBe(7);
  });

  it("is on line unless the browser says otherwise, and always to a server on the same machine", () => {
    const at = (hostname: string, onLine: boolean) => {
      vi.stubGlobal("navigator", { onLine });
      vi.stubGlobal("window", { location: { hostname } });
      return browserPlatform().isOnline();
    };
    expect([at("app.example", true), at("app.example", false), at("127.0.0.1", false), at("localhost", false)]).toEqual([true, false, true, true]);
    expect(at("127.example", false)).toBe(false);
  });

  it("is inert on a server", () => {
    for (const name of ["window", "document", "navigator"]) vi.stubGlobal(name, undefined);
    const platform = browserPlatform();
    expect([platform.isOnline(), platform.isVisible(), platform.locks]).toEqual([true, true, undefined]);
    platform.watch(() => undefined)();
  });
});
