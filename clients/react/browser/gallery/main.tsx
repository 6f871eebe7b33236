/**
 * Each component in each of its states, without a server: `?view=inbox&state=many&theme=dark&locale=ar`. With `wired` the client is the
 * real one.
 */
import { StrictMode, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { ClientContext } from "../../src/hooks/context";
import { ar, en, Inbox, LocaleProvider, NotificationBell, Preferences, TaskList, Toasts } from "../../src/ui";
import "../../src/ui/styles.css";
import "./gallery.css";
import { inbox, many, sample, tasks } from "./samples";
import { ScriptedClient, type Script } from "./scripted-client";
import { wiredClient } from "./wired-client";

const STATES: Record<string, () => Script> = {
  full: () => ({ notifications: inbox(), tasks: tasks(), muted: ["marketing"] }),
  empty: () => ({ notifications: [], tasks: [] }),
  loading: () => ({ loading: true }),
  error: () => ({ failure: { type: "urn:belfry:problem:busy", title: "The server is busy", detail: "try again in a moment", status: 503 } }),
  many: () => ({ notifications: many(10_000), pageSize: 10_000 }),
  paged: () => ({ notifications: many(500), pageSize: 50 }),
  capped: () => ({ notifications: inbox(), counts: { unreadCount: 1000, unseenCount: 3 } }),
};

const VIEWS: Record<string, ReactNode> = {
  inbox: (
    <div className="card inbox-card">
      <Inbox />
    </div>
  ),
  bell: (
    <div className="behind">
      <div className="bar">
        <NotificationBell />
      </div>
      <button type="button">Behind it</button>
    </div>
  ),
  tasks: (
    <div className="card">
      <TaskList />
    </div>
  ),
  preferences: (
    <div className="card">
      <Preferences categories={["builds", "deployments", { id: "marketing", label: "Product news", hint: "About once a month." }]} />
    </div>
  ),
  toasts: (
    <div className="behind">
      <button type="button">Behind it</button>
      <Toasts />
    </div>
  ),
};

export interface Gallery {
  client: ScriptedClient;
  arrive(part: Parameters<typeof sample>[0]): void;
  mount(): void;
  unmount(): void;
}
declare global {
  interface Window {
    gallery: Gallery;
  }
}

const asked = new URLSearchParams(location.search);
const script: Script = (STATES[asked.get("state") ?? "full"] ?? (() => ({})))();
const client = new ScriptedClient(script);
const wired = asked.has("wired") ? await wiredClient(script.notifications ?? []) : null;
const locale = asked.get("locale") === "ar" ? ar : en;
const theme = asked.get("theme");
if (theme) document.documentElement.dataset.belfryTheme = theme;
document.documentElement.dir = locale.dir;
document.documentElement.lang = locale.code;

const view = VIEWS[asked.get("view") ?? "inbox"];
let root: Root | null = null;
const place = document.querySelector("#gallery");
window.gallery = {
  client,
  arrive: (part) => (wired ?? client).arrive(sample({ read: false, ...part })),
  mount() {
    if (!place) return;
    root = createRoot(place);
    const page = (
      <ClientContext.Provider value={wired?.client ?? client}>
        <LocaleProvider locale={locale}>
          <div className={asked.get("view") === "bell" ? undefined : "stage"}>{view}</div>
        </LocaleProvider>
      </ClientContext.Provider>
    );
    // Strict mode renders twice, which a measurement must not.
    root.render(asked.has("measure") ? page : <StrictMode>{page}</StrictMode>);
  },
  unmount() {
    root?.unmount();
  },
};
window.gallery.mount();
