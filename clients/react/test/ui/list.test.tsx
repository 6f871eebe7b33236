// @vitest-environment happy-dom
import { act, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { sample } from "../../browser/gallery/samples";
import { ScriptedClient } from "../../browser/gallery/scripted-client";
import { Inbox } from "../../src/ui";
import { BUSY, mount, press, rows, settle } from "./mount";

const row = (title: string) => screen.getByRole("article", { name: new RegExp(`${title}$`) });
const focused = () => (document.activeElement as HTMLElement).dataset.id;
const titles = () => screen.getAllByRole("article").map(({ dataset }) => dataset.id);

describe("a list by keyboard", () => {
  it("C55 one row with its buttons is in the Tab order", () => {
    mount(<Inbox />, { notifications: rows(5, { actions: [{ label: "Open", url: "/x" }] }) });
    const stops = within(screen.getByRole("feed")).getAllByRole("article").filter(({ tabIndex }) => tabIndex === 0);
    expect(stops.map(({ dataset }) => dataset.id)).toEqual(["n1"]);
    const reachable = (title: string) => [...row(title).querySelectorAll<HTMLElement>("a, button")].map(({ tabIndex }) => tabIndex);
    expect(reachable("Title 1")).toEqual([0, 0, 0, 0]);
    expect(reachable("Title 2")).toEqual([-1, -1, -1, -1]);
  });

  it("moves by Up, Down, Home, End and Page keys, and stays within the list", () => {
    mount(<Inbox />, { notifications: rows(30) });
    act(() => row("Title 1").focus());
    press("ArrowDown");
    expect(focused()).toBe("n2");
    press("ArrowUp");
    press("ArrowUp");
    expect(focused()).toBe("n1");
    press("End");
    expect(focused()).toBe("n30");
    press("ArrowDown");
    expect(focused()).toBe("n30");
    press("Home");
    expect(focused()).toBe("n1");
    press("PageDown");
    const page = Number(focused()?.slice(1));
    expect(page).toBeGreaterThan(3);
    press("PageUp");
    expect(focused()).toBe("n1");
  });

  it("marks by u, archives by e, deletes by Delete, opens by Enter", () => {
    const onOpen = vi.fn();
    const { client } = mount(<Inbox onOpen={onOpen} />, { notifications: rows(4) });
    act(() => row("Title 2").focus());
    press("u");
    expect(client.snapshot().notifications[1]?.read).toBe(true);
    press("U");
    expect(client.snapshot().notifications[1]?.read).toBe(false);
    press("Enter");
    expect(onOpen.mock.calls[0]?.[0]).toMatchObject({ id: "n2" });
    expect(client.snapshot().notifications[1]?.read).toBe(true);
    press("e");
    press("Delete");
    expect(client.calls.slice(-2)).toEqual(['mark {"id":"n2"} {"archived":true}', 'remove {"id":"n3"}']);
    expect(titles()).toEqual(["n1", "n4"]);
  });

  it("leaves keys with a modifier to the browser", () => {
    const { client } = mount(<Inbox />, { notifications: rows(2) });
    act(() => row("Title 1").focus());
    press("e", { ctrlKey: true });
    press("u", { metaKey: true });
    expect(client.calls).toEqual([]);
  });
});

describe("the focus", () => {
  it("C56 goes to the neighbour when its row leaves, to the one before at the end, and to the panel when none is left", () => {
    mount(<Inbox />, { notifications: rows(3) });
    act(() => row("Title 2").focus());
    press("Delete");
    expect(focused()).toBe("n3");
    press("Delete");
    expect(focused()).toBe("n1");
    press("Delete");
    expect(document.activeElement).toBe(screen.getByRole("tabpanel"));
  });

  it("C56 is not taken from elsewhere after a key that led no further", () => {
    const { client } = mount(<><Inbox /><input aria-label="Elsewhere" /></>, { notifications: rows(3) });
    act(() => row("Title 1").focus());
    press("ArrowUp");
    press("Home");
    act(() => screen.getByRole("textbox").focus());
    act(() => client.arrive(sample({ id: "news", read: false })));
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
  });

  it("comes to the row from a button in it by a key that leads no further", () => {
    mount(<Inbox />, { notifications: rows(3) });
    act(() => within(row("Title 1")).getByRole("button", { name: /^Delete/ }).focus());
    press("Home");
    expect(focused()).toBe("n1");
  });

  it("goes to the neighbour also from a button in the row, and when another tab deleted it", () => {
    const { client } = mount(<Inbox />, { notifications: rows(4) });
    const archive = within(row("Title 1")).getByRole("button", { name: /^Archive/ });
    act(() => archive.focus());
    fireEvent.click(archive);
    expect(focused()).toBe("n2");
    act(() => void client.remove({ ids: ["n2", "n3"] }));
    expect(focused()).toBe("n4");
  });

  it("stays on its row when others arrive above it", () => {
    const { client } = mount(<Inbox />, { notifications: rows(3) });
    act(() => row("Title 2").focus());
    act(() => client.arrive(sample({ id: "new" })));
    expect(focused()).toBe("n2");
    expect(row("Title 2").getAttribute("aria-posinset")).toBe("3");
  });

  it("is not taken from elsewhere when a row leaves", () => {
    const { client } = mount(<Inbox />, { notifications: rows(3) });
    const tab = screen.getByRole("tab", { name: /All/ });
    act(() => tab.focus());
    act(() => void client.remove({ id: "n1" }));
    expect(document.activeElement).toBe(tab);
  });
});

describe("a long list", () => {
  it("C57 has only what is on screen in the document, and says where each row stands", () => {
    mount(<Inbox />, { notifications: rows(10_000) });
    const shown = screen.getAllByRole("article");
    expect(shown.length).toBeLessThan(30);
    expect(shown[2]?.getAttribute("aria-posinset")).toBe("3");
    expect(shown[2]?.getAttribute("aria-setsize")).toBe("10000");
  });

  it("keeps the focused row in the document when it is far from what is seen", () => {
    mount(<Inbox />, { notifications: rows(10_000) });
    act(() => row("Title 1").focus());
    press("End");
    expect(focused()).toBe("n10000");
    expect(screen.getAllByRole("article").length).toBeLessThan(40);
  });

  it("reads on near its end, once for each page, and says that the size is unknown", async () => {
    const { client } = mount(<Inbox />, { notifications: rows(100), pageSize: 40 });
    expect(row("Title 1").getAttribute("aria-setsize")).toBe("-1");
    expect(client.calls).toEqual([]);
    act(() => row("Title 1").focus());
    press("End");
    await settle();
    expect(client.calls).toEqual(["loadMore"]);
    expect(client.list({}).notifications).toHaveLength(80);
  });

  it("asks no further once reading on has failed, until it is told to", async () => {
    const client = new ScriptedClient({ notifications: rows(30), pageSize: 10 });
    client.moreFails = BUSY;
    mount(<Inbox />, client);
    for (let n = 0; n < 5; n += 1) await settle();
    expect(client.calls).toEqual(["loadMore"]);
    client.moreFails = null;
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    for (let n = 0; n < 5; n += 1) await settle();
    expect(client.calls).toEqual(["loadMore", "loadMore", "loadMore"]);
    expect(client.list({}).hasMore).toBe(false);
  });

  it("goes on where pages let nothing through the filter, and does not call that empty", async () => {
    const { client } = mount(<Inbox />, { notifications: rows(60), pageSize: 20, blankPages: 2 });
    expect(screen.queryByText("You're all caught up")).toBeNull();
    expect(screen.queryByText("Loading…")).not.toBeNull();
    for (let n = 0; n < 5; n += 1) await settle();
    expect(client.calls.slice(0, 2)).toEqual(["loadMore", "loadMore"]);
    expect(screen.getAllByRole("article").length).toBeGreaterThan(3);
  });
});

describe("what a row shows", () => {
  it("C51 case 68: no link for what is not safe, and none of our window for other sites", () => {
    const actions = [
      { label: "Bad", url: " JaVaScRiPt:alert(1)" },
      { label: "Out", url: "https://example.com" },
    ];
    mount(<Inbox />, { notifications: [sample({ id: "a", actions })] });
    const links = screen.getAllByRole("link");
    expect(links.map(({ textContent }) => textContent)).toEqual(["Out"]);
    expect(links[0]?.getAttribute("rel")).toBe("noopener noreferrer");
  });

  it("hands a link to the application's router, and marks as read", () => {
    const follow = vi.fn((_url: string, _n: unknown, event: { preventDefault(): void }) => event.preventDefault());
    const { client } = mount(<Inbox onFollow={follow} />, { notifications: rows(1, { actions: [{ label: "Open", url: "/x" }] }) });
    const went = fireEvent.click(screen.getByRole("link", { name: "Open" }));
    expect(went).toBe(false);
    expect(follow.mock.calls[0]?.[0]).toBe("/x");
    expect(client.snapshot().unreadCount).toBe(0);
  });

  it("C58 case 69: shows text as text, each in its own direction", () => {
    const title = "a\u202Eb <b>x</b> <img src=x onerror=alert(1)>";
    mount(<Inbox />, { notifications: [sample({ id: "a", title, message: "<script>1</script>\n& more" })] });
    const shown = screen.getByText(title);
    expect(shown.getAttribute("dir")).toBe("auto");
    expect(document.querySelector("img, b, script")).toBeNull();
    expect(screen.getByText(/<script>1<\/script>/).getAttribute("dir")).toBe("auto");
  });

  it("opens and closes a long message", () => {
    mount(<Inbox />, { notifications: [sample({ id: "a", message: "long ".repeat(80) })] });
    const more = screen.getByRole("button", { name: "Show more" });
    expect(more.getAttribute("aria-expanded")).toBe("false");
    fireEvent.click(more);
    expect(screen.getByRole("button", { name: "Show less" }).getAttribute("aria-expanded")).toBe("true");
  });

  it("shows a refused change undone, and why, until that is dismissed", async () => {
    const { client } = mount(<Inbox />, { notifications: rows(2) });
    client.refusal = BUSY;
    act(() => row("Title 1").focus());
    press("Delete");
    await settle();
    expect(titles()).toEqual(["n1", "n2"]);
    expect(screen.getByRole("alert").textContent).toContain("The server is busy: try again");
    fireEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
