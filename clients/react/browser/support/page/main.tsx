/** A small dashboard of the real provider, hooks and components, that tells a test all that it shows. */
import { type ReactNode, StrictMode, useEffect } from "react";
import { type Root, createRoot } from "react-dom/client";
import { browserPlatform, createClient } from "../../../src/core";
import { NotificationProvider, useBelfryEvent, useNotificationSystem } from "../../../src/index";
import { Inbox, NotificationBell, TaskList, Toasts } from "../../../src/ui";
import "../../../src/ui/styles.css";
import { appears } from "./appears";
import type { PageOptions, Shown, Testing } from "./options";
import { quick } from "./quick";

const options = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}") as PageOptions;
const nothing: Shown = {
  ids: [], titles: [], unreadIds: [], unreadCount: 0, unseenCount: 0, tasks: [],
  isLoading: true, hasMore: false, status: "offline", transport: null, error: null,
};
let root: Root | null = null;

const testing: Testing = {
  shown: nothing,
  log: [],
  statuses: [],
  asked: { first: 0, refresh: 0 },
  client: null,
  act: null,
  mount() {
    const element = document.getElementById("root");
    if (element === null || root !== null) return;
    root = createRoot(element);
    root.render(options.strict === true ? <StrictMode><App /></StrictMode> : <App />);
  },
  unmount() {
    root?.unmount();
    root = null;
    testing.client?.stop();
  },
  appears,
};
window.__belfry = testing;

const tokens = options.tokens;
let turn = 0;
const getToken = tokens && (({ refresh }: { refresh: boolean }): string | null => {
  testing.asked[refresh ? "refresh" : "first"] += 1;
  if (refresh) turn = Math.min(turn + 1, tokens.length - 1);
  return tokens[turn] ?? null;
});
const clientOptions = { ...options.client, ...(getToken && { getToken }) };
// With the clock of the browser, the provider makes its client itself, as it does in applications.
if (options.speed !== undefined) testing.client = createClient(clientOptions, quick(browserPlatform(), options.speed));

function App(): ReactNode {
  return (
    <NotificationProvider {...clientOptions} {...(testing.client && { client: testing.client })}>
      <Probe />
      {options.components !== false && <Parts />}
    </NotificationProvider>
  );
}

function Parts(): ReactNode {
  return (
    <main className="belfry" style={{ display: "grid", gap: 16, maxWidth: 640, margin: "0 auto" }}>
      <h1>Under test</h1>
      <NotificationBell />
      <div style={{ blockSize: 480, display: "grid" }}><Inbox /></div>
      <TaskList />
      <Toasts />
    </main>
  );
}

function Probe(): null {
  const system = useNotificationSystem();
  const { notifications, tasks, status, transport } = system;
  testing.shown = {
    ids: notifications.map(one => one.id),
    titles: notifications.map(one => one.title),
    unreadIds: notifications.filter(one => !one.read).map(one => one.id),
    unreadCount: system.unreadCount,
    unseenCount: system.unseenCount,
    tasks: tasks.map(({ id, status: state }) => ({ id, status: state })),
    isLoading: system.isLoading,
    hasMore: system.hasMore,
    status,
    transport,
    error: system.error?.type ?? null,
  };
  testing.act = system;
  useEffect(() => void testing.statuses.push({ at: Date.now(), status, transport }), [status, transport]);
  useBelfryEvent(heard => void testing.log.push({ ...heard, at: Date.now() }));
  return null;
}

if (options.mount !== false) testing.mount();
