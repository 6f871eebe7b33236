// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sample } from "../../browser/gallery/samples";
import { NotificationBell } from "../../src/ui";
import { BUSY, mount, press, rows, settle } from "./mount";

afterEach(() => void vi.useRealTimers());
const bell = () => screen.getByRole("button", { name: /^Notifications/ });
const badge = () => document.querySelector(".belfry-badge")?.textContent ?? null;

describe("the badge", () => {
  it.each([
    [0, null, "Notifications"],
    [1, "1", "Notifications, 1 unread"],
    [99, "99", "Notifications, 99 unread"],
    [100, "99+", "Notifications, 100 unread"],
    [1000, "99+", "Notifications, 1,000+ unread"],
  ])("case 29: for %i says %s", (unreadCount, text, name) => {
    mount(<NotificationBell />, { counts: { unreadCount, unseenCount: 0 } });
    expect(badge()).toBe(text);
    expect(bell().getAttribute("aria-label")).toBe(name);
  });

  it("counts what was not seen, by choice", () => {
    mount(<NotificationBell count="unseen" />, { counts: { unreadCount: 8, unseenCount: 2 } });
    expect(badge()).toBe("2");
  });
});

describe("the popover", () => {
  it("opens with the inbox, takes the focus, and has marked all as seen", () => {
    const { client } = mount(<NotificationBell />, { notifications: rows(2) });
    fireEvent.click(bell());
    const dialog = screen.getByRole("dialog", { name: "Notifications" });
    expect(document.activeElement).toBe(dialog);
    expect(bell().getAttribute("aria-expanded")).toBe("true");
    expect(client.snapshot()).toMatchObject({ unseenCount: 0, unreadCount: 2 });
  });

  it("C56 closes by Escape, by its button and by the bell, and the focus returns to the bell", () => {
    mount(<NotificationBell />, { notifications: rows(2) });
    const closings = [
      () => press("Escape"),
      () => {
        press("ArrowDown");
        press("Escape");
      },
      () => fireEvent.click(screen.getByRole("button", { name: "Close" })),
      () => fireEvent.click(bell()),
    ];
    for (const close of closings) {
      fireEvent.click(bell());
      close();
      expect(screen.queryByRole("dialog")).toBeNull();
      expect(document.activeElement).toBe(bell());
    }
  });

  it("closes by a press outside, and leaves the focus there", () => {
    mount(
      <>
        <NotificationBell />
        <button type="button">Other</button>
      </>,
      { notifications: rows(1) },
    );
    fireEvent.click(bell());
    fireEvent.pointerDown(screen.getByRole("dialog"));
    expect(screen.queryByRole("dialog")).not.toBeNull();
    const other = screen.getByRole("button", { name: "Other" });
    fireEvent.pointerDown(other);
    act(() => other.focus());
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(other);
  });

  it("lets Tab go round within, both ways", () => {
    mount(<NotificationBell />, { notifications: rows(2) });
    fireEvent.click(bell());
    press("Tab", { shiftKey: true });
    const final = document.activeElement;
    expect(final?.closest("[role=dialog]")).not.toBeNull();
    press("Tab");
    expect((document.activeElement as HTMLElement).textContent).toBe("Mark all read");
    press("Tab", { shiftKey: true });
    expect(document.activeElement).toBe(final);
  });

  it("goes by Down from its frame into the list", () => {
    mount(<NotificationBell />, { notifications: rows(2) });
    fireEvent.click(bell());
    press("ArrowDown");
    expect((document.activeElement as HTMLElement).dataset.id).toBe("n1");
  });

  it("marks as seen what arrives while it is open, and a refusal is not tried in a circle", async () => {
    vi.useFakeTimers();
    const { client } = mount(<NotificationBell />, { notifications: rows(1), counts: { unreadCount: 1, unseenCount: 1 } });
    fireEvent.click(bell());
    const seen = () => client.calls.filter((call) => call.includes("seen")).length;
    expect(seen()).toBe(1);
    act(() => client.show({ error: BUSY }));
    act(() => vi.advanceTimersByTime(60_000));
    expect(seen()).toBe(1);
    act(() => client.arrive(sample({ id: "x", read: false }), sample({ id: "y", read: false })));
    act(() => vi.advanceTimersByTime(1100));
    expect(seen()).toBe(2);
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(seen()).toBe(2);
  });

  it("can lead elsewhere, or hold something else", async () => {
    const { unmount } = mount(<NotificationBell onClick={(event) => event.preventDefault()} />);
    fireEvent.click(bell());
    expect(screen.queryByRole("dialog")).toBeNull();
    unmount();

    mount(<NotificationBell renderInbox={({ close }) => <button type="button" onClick={close}>Mine</button>} />);
    fireEvent.click(bell());
    fireEvent.click(screen.getByRole("button", { name: "Mine" }));
    expect(screen.queryByRole("dialog")).toBeNull();
    await settle();
    expect(document.activeElement).toBe(bell());
  });
});
