// @vitest-environment happy-dom
import { expect, it } from "vitest";
import * as hooks from "../../src/hooks";
import { expectComplaints, renderHook } from "./mounting";

const uses: Record<keyof typeof hooks, () => unknown> = {
  useClient: () => hooks.useClient(),
  useNotificationSystem: () => hooks.useNotificationSystem(),
  useNotifications: () => hooks.useNotifications(),
  useTask: () => hooks.useTask("t1"),
  useTasks: () => hooks.useTasks(),
  usePreferences: () => hooks.usePreferences(),
  useBelfryEvent: () => hooks.useBelfryEvent(() => undefined),
  useStatus: () => hooks.useStatus(),
  useUnreadCount: () => hooks.useUnreadCount(),
};

it.each(Object.entries(uses))("C40 %s outside the provider names itself and says what to do", (name, use) => {
  let thrown = "";
  const caught = () => {
    try {
      use();
    } catch (error) {
      thrown = String(error);
      throw error;
    }
  };
  expect(() => renderHook(caught)).toThrow();
  expectComplaintsIfAny();
  expect(thrown).toContain(`${name}() was called outside a <NotificationProvider>`);
  expect(thrown).toContain('import { NotificationProvider } from "@belfry/react"');
});

/** React 18 reports what it throws on, React 19 only where nobody catches it. */
function expectComplaintsIfAny(): void {
  if (process.env["REACT_MAJOR"] === "18") expectComplaints();
}
