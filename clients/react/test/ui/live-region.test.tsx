// @vitest-environment happy-dom
import { act, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sample } from "../../browser/gallery/samples";
import { Inbox, NotificationBell, Toasts } from "../../src/ui";
import { mount, rows } from "./mount";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const wait = (ms: number) => act(() => vi.advanceTimersByTime(ms));
const said = () => screen.getAllByRole("status").map(({ textContent }) => textContent);
const arrivals = (from: number, count: number) => Array.from({ length: count }, (_, n) => sample({ id: `x${from + n}`, title: "Secret plan", read: false }));

describe("the live region", () => {
  it("C59 is one, however many components there are, and passes on when its component goes", () => {
    const all = (bell: boolean) => (
      <>
        {bell && <NotificationBell />}
        <Inbox />
        <Toasts />
      </>
    );
    const { rerender } = mount(all(true), { notifications: rows(1) });
    expect(said()).toEqual([""]);
    rerender(all(false));
    expect(said()).toEqual([""]);
  });

  it("C59 gathers what comes, says how many, and not again within ten seconds", () => {
    const { client } = mount(<NotificationBell />);
    act(() => client.arrive(...arrivals(0, 3)));
    expect(said()).toEqual([""]);
    wait(1000);
    expect(said()).toEqual(["3 new notifications"]);
    expect(screen.getByRole("status").textContent).not.toContain("Secret");
    act(() => client.arrive(...arrivals(10, 4)));
    wait(2000);
    act(() => client.arrive(...arrivals(20, 1)));
    wait(7900);
    expect(said()).toEqual([""]);
    wait(200);
    expect(said()).toEqual(["5 new notifications"]);
    wait(30_000);
    act(() => client.arrive(...arrivals(30, 1)));
    wait(1000);
    expect(said()).toEqual(["1 new notification"]);
  });

  it("says that live updates are paused", () => {
    const { client } = mount(<NotificationBell />);
    act(() => client.show({ status: "offline", transport: null }));
    wait(3100);
    expect(said()).toEqual(["Live updates paused"]);
  });

  it("leaves no timer behind", () => {
    const { client, unmount } = mount(<NotificationBell />);
    act(() => client.arrive(...arrivals(0, 1)));
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});
