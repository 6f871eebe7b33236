// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inbox, sample } from "../../browser/gallery/samples";
import { ar, en, Inbox, LocaleProvider } from "../../src/ui";
import { BUSY, mount, press, rows, settle } from "./mount";

const tab = (name: RegExp) => screen.getByRole("tab", { name });
const ids = () => screen.queryAllByRole("article").map(({ dataset }) => dataset.id);

describe("tabs and filter", () => {
  it("shows all, unread and archived", () => {
    mount(<Inbox />, { notifications: inbox() });
    expect(ids()).not.toContain("old");
    fireEvent.click(tab(/Unread/));
    expect(ids()).toEqual(["deploy", "build", "quota"]);
    fireEvent.click(tab(/Archived/));
    expect(ids()).toEqual(["old", "older"]);
  });

  it("chooses a tab by arrow keys, in the direction of reading", () => {
    const { unmount } = mount(<Inbox />, { notifications: rows(2) });
    act(() => tab(/All/).focus());
    press("ArrowRight");
    expect(document.activeElement).toBe(tab(/Unread/));
    expect(tab(/Unread/).getAttribute("aria-selected")).toBe("true");
    expect(tab(/All/).tabIndex).toBe(-1);
    press("ArrowLeft");
    press("ArrowLeft");
    expect(document.activeElement).toBe(tab(/Archived/));
    press("Home");
    expect(document.activeElement).toBe(tab(/All/));
    press("End");
    expect(document.activeElement).toBe(tab(/Archived/));
    unmount();

    mount(<Inbox locale={ar} />, { notifications: rows(2) });
    act(() => tab(/الكل/).focus());
    press("ArrowLeft");
    expect(document.activeElement).toBe(tab(/غير مقروء/));
  });

  it("filters by category, of what was given or what was seen", () => {
    mount(<Inbox />, { notifications: inbox() });
    const select = screen.getByRole("combobox", { name: "Category" });
    expect([...select.querySelectorAll("option")].map(({ value }) => value)).toContain("builds");
    fireEvent.change(select, { target: { value: "builds" } });
    expect(ids()).toEqual(["build"]);
    fireEvent.click(tab(/Archived/));
    expect(screen.getByText("Nothing in this category")).toBeTruthy();
  });

  it("marks all as read, and cannot when nothing is unread", () => {
    const { client } = mount(<Inbox />, { notifications: rows(3) });
    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Mark all read" });
    fireEvent.click(button);
    expect(client.snapshot().unreadCount).toBe(0);
    expect(button.getAttribute("aria-disabled")).toBe("true");
    const before = client.calls.length;
    fireEvent.click(button);
    expect(client.calls).toHaveLength(before);
  });

  it("keeps the focus on what marks all as read", () => {
    mount(<Inbox />, { notifications: rows(3) });
    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Mark all read" });
    act(() => button.focus());
    fireEvent.click(button);
    expect([button.disabled, document.activeElement]).toEqual([false, button]);
  });

  it("marks a chosen category alone, and forgets the categories of who has signed out", () => {
    const { client } = mount(<Inbox />, { notifications: [...rows(2, { category: "builds" }), sample({ id: "other", read: false, category: "news" })] });
    fireEvent.change(screen.getByRole("combobox"), { target: { value: "builds" } });
    fireEvent.click(screen.getByRole("button", { name: "Mark all read" }));
    expect(client.snapshot().notifications.filter(({ read }) => !read).map(({ id }) => id)).toEqual(["other"]);
    fireEvent.change(screen.getByRole("combobox"), { target: { value: "" } });
    act(() => void client.remove({ all: true }));
    expect(screen.queryByRole("combobox")).toBeNull();
  });

  it("case 29: says 1,000+ beside its tab", () => {
    mount(<Inbox />, { notifications: rows(3), counts: { unreadCount: 1000, unseenCount: 0 } });
    expect(tab(/Unread/).textContent).toBe("Unread1,000+");
  });

  it("case 26: shows read what was read elsewhere", () => {
    const { client } = mount(<Inbox initialTab="unread" />, { notifications: rows(2) });
    act(() => void client.mark({ id: "n1" }, { read: true }));
    expect(ids()).toEqual(["n2"]);
  });
});

describe("states", () => {
  it("is empty in words of the tab", () => {
    mount(<Inbox />, { notifications: [] });
    expect(screen.getByText("You're all caught up")).toBeTruthy();
    fireEvent.click(tab(/Unread/));
    expect(screen.getByText("Nothing unread")).toBeTruthy();
  });

  it("shows that it loads", () => {
    mount(<Inbox />, { loading: true });
    expect(screen.getByText("Loading…").parentElement?.getAttribute("aria-busy")).toBe("true");
  });

  it("says what failed, and tries again", () => {
    const { client } = mount(<Inbox />, { failure: BUSY, notifications: rows(1) });
    expect(screen.getByRole("alert").textContent).toContain("Notifications could not be loaded");
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(client.calls).toEqual(["refresh"]);
    expect(ids()).toEqual(["n1"]);
  });

  it("says while it tries on that the first load failed, and not that a change was refused", () => {
    const { client } = mount(<Inbox />, { failure: BUSY });
    expect(client.snapshot()).toMatchObject({ isLoading: true, error: BUSY });
    expect(client.list({})).toMatchObject({ isLoading: true, error: null });
    expect(screen.queryByText(en.texts.changeRefused)).toBeNull();
    expect(screen.getAllByRole("alert").map(({ textContent }) => textContent)).toEqual([expect.stringContaining(en.texts.listFailed)]);
  });

  it("C56 keeps the focus when the button that was pressed goes", () => {
    mount(<Inbox />, { notifications: rows(2), failure: BUSY });
    const retry = screen.getByRole("button", { name: "Try again" });
    act(() => retry.focus());
    fireEvent.click(retry);
    expect(retry.isConnected).toBe(false);
    expect(document.activeElement).toBe(screen.getByRole("tabpanel"));
  });

  it("reads a list beside the inbox again", async () => {
    const { client } = mount(<Inbox />, { notifications: rows(2) });
    client.listFails = BUSY;
    fireEvent.click(tab(/Unread/));
    expect(screen.getByRole("alert").textContent).toContain(en.texts.listFailed);
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await settle();
    expect(client.calls).toEqual(["loadMore"]);
    expect(ids()).toEqual(["n1", "n2"]);
  });

  it("says a network's trouble in the reader's language", () => {
    mount(<Inbox locale={ar} />, { failure: { type: "network", title: "Failed to fetch" } });
    expect(screen.getByRole("alert").textContent).toContain(ar.texts.network);
  });
});

describe("the line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const banner = () => document.querySelector(".belfry-banner")?.textContent ?? null;
  const wait = (ms: number) => act(() => vi.advanceTimersByTime(ms));

  it("case 74: says that live updates are paused once they have been for 3 s, and stops at once when they are back", () => {
    const { client } = mount(<Inbox />, { notifications: rows(1) });
    act(() => client.show({ status: "offline", transport: null }));
    wait(2900);
    expect(banner()).toBeNull();
    wait(200);
    expect(banner()).toBe("Live updates pausedReconnecting…");
    act(() => client.show({ status: "live", transport: "sse" }));
    expect(banner()).toBeNull();
  });

  it("says how often it looks while it polls, and a sign-out at once", () => {
    const { client } = mount(<Inbox pollSeconds={45} />, { notifications: rows(1) });
    act(() => client.show({ status: "polling", transport: "polling" }));
    wait(3100);
    expect(banner()).toBe("Updates every 45 s");
    act(() => client.show({ status: "unauthorized", transport: null }));
    expect(banner()).toContain("You are signed out");
  });

  it("bears a short break in silence", () => {
    const { client } = mount(<Inbox />, { notifications: rows(1) });
    for (let n = 0; n < 5; n += 1) {
      act(() => client.show({ status: "offline", transport: null }));
      wait(1000);
      act(() => client.show({ status: "live", transport: "sse" }));
      wait(1000);
      expect(banner()).toBeNull();
    }
  });
});

describe("languages", () => {
  it("speaks that of the provider, in its direction", async () => {
    mount(
      <LocaleProvider locale={ar}>
        <Inbox />
      </LocaleProvider>,
      { notifications: rows(1) },
    );
    await settle();
    const root = document.querySelector(".belfry");
    expect(root?.getAttribute("dir")).toBe("rtl");
    expect(root?.getAttribute("lang")).toBe("ar");
    expect(screen.getByRole("heading").textContent).toBe("الإشعارات");
  });

  it("takes an application's own words", () => {
    mount(<Inbox locale={{ ...en, texts: { ...en.texts, notifications: "Messages" } }} />, { notifications: [] });
    expect(screen.getByRole("heading").textContent).toBe("Messages");
  });
});
