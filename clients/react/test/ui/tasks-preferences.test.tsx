// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import goldenTasks from "../../../../crates/contract/golden/rest-tasks.json";
import { tasks } from "../../browser/gallery/samples";
import type { Task } from "../../src/contract";
import { en, Preferences, TaskList } from "../../src/ui";
import { BUSY, mount, rows } from "./mount";

describe("tasks", () => {
  it("shows each with its state, and a bar while it runs", () => {
    mount(<TaskList />, { tasks: tasks() });
    const bars = screen.getAllByRole<HTMLProgressElement>("progressbar");
    expect(bars.map((bar) => [bar.getAttribute("aria-labelledby") && bar.position >= 0, bar.getAttribute("value")])).toEqual([
      [true, "62"],
      [false, null],
    ]);
    expect(screen.getByText("62%")).toBeTruthy();
    expect(screen.getByText("Line 4,182: the address has no @.")).toBeTruthy();
    expect(screen.getAllByRole("listitem")).toHaveLength(6);
  });

  it("follows a task to its end", () => {
    const { client } = mount(<TaskList />, { tasks: goldenTasks.tasks as unknown as Task[] });
    expect(screen.getByRole<HTMLProgressElement>("progressbar").value).toBe(40);
    const [first, second] = goldenTasks.tasks as unknown as Task[];
    if (!first || !second) throw new Error("the golden has two");
    act(() => client.setTasks([first, { ...second, status: "completed", progress: 100 }]));
    expect(screen.queryByRole("progressbar")).toBeNull();
  });

  it("shows what an application asks for, and its other states", () => {
    mount(<TaskList filter={({ status }) => status === "failed"} />, { tasks: tasks() });
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
  });

  it("is empty, loads and fails in words", () => {
    mount(<TaskList />, { tasks: [] }).unmount();
    mount(<TaskList />, { loading: true });
    expect(screen.getByText("Loading…")).toBeTruthy();
    const { client } = mount(<TaskList />, { failure: BUSY });
    expect(screen.getByRole("alert").textContent).toContain("The server is busy");
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(client.calls).toEqual(["refresh"]);
  });
});

describe("tasks beside a refused change", () => {
  it("are there, though none", () => {
    const { client } = mount(<TaskList />, { tasks: [] });
    act(() => client.show({ error: BUSY }));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByText(en.texts.emptyTasks.title)).toBeTruthy();
  });
});

describe("preferences", () => {
  const toggle = (name: string) => screen.getByRole<HTMLInputElement>("switch", { name });

  it("has a switch for what was muted and what was received, and mutes", async () => {
    const { client } = mount(<Preferences />, { muted: ["news"], notifications: rows(1, { category: "builds" }) });
    await screen.findByRole("switch", { name: "Receive news" });
    expect(toggle("Receive news").checked).toBe(false);
    expect(toggle("Receive builds").checked).toBe(true);
    fireEvent.click(toggle("Receive builds"));
    await waitFor(() => expect(client.calls).toContain("muted news,builds"));
    expect(toggle("Receive builds").checked).toBe(false);
  });

  it("shows a refused change undone, and why, until that is dismissed", async () => {
    const { client } = mount(<Preferences categories={[{ id: "builds", label: "Builds", hint: "Daily" }]} />);
    await screen.findByRole("switch", { name: "Receive Builds" });
    client.refusal = BUSY;
    fireEvent.click(toggle("Receive Builds"));
    await screen.findByRole("alert");
    expect(toggle("Receive Builds").checked).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("says that they could not be read, and reads again", async () => {
    const script = { failure: BUSY as typeof BUSY | undefined, muted: ["news"] };
    mount(<Preferences />, script);
    await screen.findByText("Preferences could not be loaded");
    expect(screen.getByRole("alert").textContent).toContain("The server is busy");
    script.failure = undefined;
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("switch", { name: "Receive news" });
  });

  it("is empty in words", async () => {
    mount(<Preferences />);
    await screen.findByText("No categories yet");
  });
});
