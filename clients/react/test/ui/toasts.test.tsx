// @vitest-environment happy-dom
import { act, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sample, tasks } from "../../browser/gallery/samples";
import { ScriptedClient } from "../../browser/gallery/scripted-client";
import { ClientContext } from "../../src/hooks/context";
import { Toasts } from "../../src/ui";
import { mount, press } from "./mount";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const shown = () => [...document.querySelectorAll<HTMLElement>(".belfry-toast")].map(({ dataset }) => dataset.id);
const wait = (ms: number) => act(() => vi.advanceTimersByTime(ms));
const fresh = (id: string, part: object = {}) => sample({ id, title: `Title ${id}`, read: false, ...part });
const close = (id: string) => screen.getByRole("button", { name: `Dismiss: Title ${id}` });
const region = () => screen.getByRole("region", { name: "New notifications" });

describe("toasts", () => {
  it("C54 case 25: each id comes once, however often it is heard, also after it went", () => {
    const { client } = mount(<Toasts />);
    act(() => client.arrive(fresh("a")));
    act(() => client.hear({ type: "notification", notification: fresh("a") }, true));
    act(() => client.hear({ type: "broadcast", notification: fresh("a") }, true));
    expect(shown()).toEqual(["a"]);
    fireEvent.click(close("a"));
    act(() => client.hear({ type: "notification", notification: fresh("a") }, true));
    expect(shown()).toEqual([]);
  });

  it("comes only for what is new", () => {
    const { client } = mount(<Toasts />);
    act(() => client.hear({ type: "notification", notification: fresh("a") }, false));
    expect(shown()).toEqual([]);
  });

  it("shows three, counts the others, and lets them follow", () => {
    const { client } = mount(<Toasts />);
    act(() => client.arrive(...["a", "b", "c", "d", "e"].map((id) => fresh(id))));
    expect(shown()).toEqual(["a", "b", "c"]);
    expect(region().textContent).toContain("+2 more");
    fireEvent.click(close("b"));
    expect(shown()).toEqual(["a", "c", "d"]);
    fireEvent.click(screen.getByRole("button", { name: "Clear all" }));
    expect(shown()).toEqual([]);
  });

  it("stays 6 s, an error until it is dismissed", () => {
    const { client } = mount(<Toasts />);
    act(() => client.arrive(fresh("a"), fresh("bad", { type: "error" })));
    wait(5900);
    expect(shown()).toEqual(["a", "bad"]);
    wait(200);
    expect(shown()).toEqual(["bad"]);
    wait(600_000);
    expect(shown()).toEqual(["bad"]);
  });

  it("waits while the pointer is on it", () => {
    const { client } = mount(<Toasts />);
    act(() => client.arrive(fresh("a")));
    wait(5000);
    fireEvent.pointerEnter(region());
    wait(60_000);
    expect(shown()).toEqual(["a"]);
    fireEvent.pointerLeave(region());
    wait(1400);
    expect(shown()).toEqual(["a"]);
    wait(200);
    expect(shown()).toEqual([]);
  });

  it("waits while the focus is in it, and while the page is hidden", () => {
    const { client } = mount(
      <>
        <button type="button">Before</button>
        <Toasts />
      </>,
    );
    act(() => client.arrive(fresh("a")));
    act(() => close("a").focus());
    wait(60_000);
    expect(shown()).toEqual(["a"]);
    act(() => screen.getByRole("button", { name: "Before" }).focus());
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    wait(60_000);
    expect(shown()).toEqual(["a"]);
    visibility.mockReturnValue("visible");
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    wait(6100);
    expect(shown()).toEqual([]);
  });

  it("C56 Escape dismisses the one in focus, the focus goes to the next and at last back", () => {
    const { client } = mount(
      <>
        <button type="button">Before</button>
        <Toasts />
      </>,
    );
    const before = screen.getByRole("button", { name: "Before" });
    act(() => before.focus());
    act(() => client.arrive(fresh("a"), fresh("b")));
    expect(document.activeElement).toBe(before);
    act(() => close("a").focus());
    press("Escape");
    expect(shown()).toEqual(["b"]);
    expect(document.activeElement).toBe(close("b"));
    press("Escape");
    expect(shown()).toEqual([]);
    expect(document.activeElement).toBe(before);
  });

  it("goes on counting once the focus is on the blank page, and leaves the caret where it is", () => {
    const { client } = mount(
      <>
        <input aria-label="Name" />
        <Toasts />
      </>,
    );
    act(() => client.arrive(fresh("a"), fresh("b")));
    act(() => close("a").focus());
    fireEvent.click(close("a"));
    expect(document.activeElement).toBe(close("b"));
    act(() => close("b").blur());
    wait(6100);
    expect(shown()).toEqual([]);
    act(() => screen.getByRole("textbox").focus());
    act(() => client.arrive(fresh("c")));
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
  });

  it("takes the caret out of no input, though the window was left with the focus on a toast", () => {
    const { client } = mount(
      <>
        <input aria-label="Name" />
        <Toasts />
      </>,
    );
    act(() => client.arrive(fresh("a")));
    act(() => close("a").focus());
    const hasFocus = vi.spyOn(document, "hasFocus").mockReturnValue(false);
    act(() => close("a").blur());
    wait(60_000);
    expect(shown()).toEqual(["a"]);
    hasFocus.mockReturnValue(true);
    act(() => screen.getByRole("textbox").focus());
    act(() => client.arrive(fresh("b")));
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
    wait(6100);
    expect(shown()).toEqual([]);
  });

  it("tells nothing of the one before, signed out or somebody else", () => {
    const [task] = tasks();
    if (!task) throw new Error("no sample");
    const event = { type: "task-completed" as const, userId: "anna", taskId: task.id, status: "failed" as const, task: { ...task, status: "failed" as const } };
    const { client, rerender } = mount(<Toasts />);
    act(() => client.hear(event));
    expect(shown()).toHaveLength(1);
    act(() => client.clear());
    expect(shown()).toEqual([]);
    const [one, other] = [new ScriptedClient(), new ScriptedClient()];
    const as = (who: ScriptedClient) => (
      <ClientContext.Provider value={who}>
        <Toasts />
      </ClientContext.Provider>
    );
    rerender(as(one));
    act(() => one.hear(event));
    expect(shown()).toHaveLength(1);
    rerender(as(other));
    expect(shown()).toEqual([]);
  });

  it("case 26: goes when it was read or deleted, wherever that was", () => {
    const { client } = mount(<Toasts />);
    act(() => client.arrive(fresh("a"), fresh("b"), fresh("c")));
    act(() => void client.mark({ id: "a" }, { read: true }));
    expect(shown()).toEqual(["b", "c"]);
    act(() => void client.remove({ id: "b" }));
    expect(shown()).toEqual(["c"]);
    act(() => void client.mark({ all: true }, { read: true }));
    expect(shown()).toEqual([]);
  });

  it("tells of an ended task once, unless it is told not to", () => {
    const failed = tasks().find(({ status }) => status === "failed");
    if (!failed) throw new Error("no sample");
    const event = { type: "task-completed" as const, userId: "anna", taskId: failed.id, status: failed.status, task: failed };
    const { client, unmount } = mount(<Toasts />);
    act(() => client.hear(event));
    act(() => client.hear(event));
    expect(shown()).toEqual([`task:${failed.id}`]);
    unmount();
    const other = mount(<Toasts tasks={false} />);
    act(() => other.client.hear(event));
    expect(shown()).toEqual([]);
  });

  it("has safe links alone, and lets an application choose", () => {
    const { client } = mount(<Toasts filter={({ type }) => type !== "info"} />);
    const actions = [
      { label: "Bad", url: "javascript:1" },
      { label: "Good", url: "/x" },
    ];
    act(() => client.arrive(fresh("a"), fresh("b", { type: "warning", actions })));
    expect(shown()).toEqual(["b"]);
    expect(within(region()).getAllByRole("link").map(({ textContent }) => textContent)).toEqual(["Good"]);
  });

  it("leaves no timer behind", () => {
    const { client, unmount } = mount(<Toasts />);
    act(() => client.arrive(fresh("a"), fresh("b")));
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});
