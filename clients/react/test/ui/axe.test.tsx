// @vitest-environment happy-dom
import axe from "axe-core";
import { act, fireEvent, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { inbox, sample, tasks } from "../../browser/gallery/samples";
import { ar, en, Inbox, NotificationBell, Preferences, TaskList, Toasts, type Locale } from "../../src/ui";
import { BUSY, mount, settle } from "./mount";

// Without layout there are no colours to judge: contrast is the browser test's. Pages have landmarks, components have not.
const RULES = { "color-contrast": { enabled: false }, region: { enabled: false } };
async function findings(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { rules: RULES });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe.each([
  ["left to right", en],
  ["right to left", ar],
])("axe finds nothing, %s", (_, locale: Locale) => {
  const views: [string, ReactNode, Parameters<typeof mount>[1]][] = [
    ["inbox", <Inbox locale={locale} />, { notifications: inbox() }],
    ["empty inbox", <Inbox locale={locale} />, { notifications: [] }],
    ["loading inbox", <Inbox locale={locale} />, { loading: true }],
    ["failed inbox", <Inbox locale={locale} />, { failure: BUSY }],
    ["tasks", <TaskList locale={locale} />, { tasks: tasks() }],
    ["preferences", <Preferences locale={locale} />, { muted: ["news"], notifications: inbox() }],
  ];
  it.each(views)("in %s", async (_name, view, script) => {
    mount(view, script);
    await settle();
    expect(await findings()).toEqual([]);
  });

  it("in the open bell", async () => {
    mount(<NotificationBell locale={locale} />, { notifications: inbox() });
    fireEvent.click(screen.getByRole("button"));
    expect(await findings()).toEqual([]);
  });

  it("in toasts", async () => {
    const { client } = mount(<Toasts locale={locale} />);
    act(() => client.arrive(...["a", "b", "c", "d"].map((id) => sample({ id, read: false, actions: [{ label: "Go", url: "/x" }] }))));
    expect(await findings()).toEqual([]);
  });
});
