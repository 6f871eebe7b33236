// @vitest-environment node
import { renderToString } from "react-dom/server";
import { expect, it, vi } from "vitest";
import { useBelfryEvent, useNotifications, useNotificationSystem, usePreferences, useTask, useTasks } from "../../src/hooks";
import { NotificationProvider } from "../../src/hooks/provider";

function Screen() {
  const { notifications, unreadCount, isLoading, status } = useNotificationSystem();
  const list = useNotifications({ unread: true });
  const { muted } = usePreferences();
  useBelfryEvent(() => expect.unreachable());
  const counts = [notifications.length, unreadCount, list.notifications.length, useTasks().tasks.length, muted.length];
  return <p>{`${counts} ${isLoading && list.isLoading && useTask("t").isLoading} ${status}`}</p>;
}

it("C43 renders on a server as nothing yet, asking nobody and leaving no timer", () => {
  expect("window" in globalThis || "document" in globalThis).toBe(false);
  const fetched = vi.spyOn(globalThis, "fetch");
  vi.useFakeTimers();
  const page = <NotificationProvider getToken={() => "t"}><Screen /></NotificationProvider>;
  expect(renderToString(page)).toBe("<p>0,0,0,0,0 true offline</p>");
  expect(fetched).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
