import type { MouseEvent, ReactNode } from "react";
import { useNotificationSystem, useStatus } from "../../src";
import { NotificationBell, Toasts } from "../../src/ui";
import { Appearance, LanguageSwitch } from "./appearance";
import { EventsView } from "./events/view";
import { Icon, Mark } from "./icons";
import { POLL_MS } from "./line/poll";
import { Avatar } from "./parts";
import { pathOf, useView, type View, VIEWS } from "./route";
import { SendView } from "./send/view";
import { type Caller, signOut } from "./session/session";
import { useTexts } from "./settings";
import { InboxView, PreferencesView, TasksView } from "./views";

const PAGES: Record<View, (props: { caller: Caller }) => ReactNode> = {
  inbox: InboxView,
  tasks: TasksView,
  preferences: PreferencesView,
  send: SendView,
  events: EventsView,
};

/** The frame around every view: where one is, who one is, and whether news comes. */
export function Shell({ caller }: { caller: Caller }) {
  const view = useView();
  const texts = useTexts();
  const Page = PAGES[view];
  return (
    <div className="shell">
      <a className="skip" href="#content" onClick={focusContent}>
        {texts.skip}
      </a>
      <aside className="side">
        <p className="brand">
          <Mark />
          {texts.product}
        </p>
        <Navigation view={view} />
        <Who caller={caller} />
      </aside>
      <header className="top">
        <p className="brand top-brand">
          <Mark />
          <span>{texts.product}</span>
        </p>
        <Pill />
        <span className="grow" />
        <Appearance hideTexts />
        <LanguageSwitch />
        <NotificationBell pollSeconds={POLL_MS / 1000} />
      </header>
      <main className="content" id="content" tabIndex={-1}>
        <Ended />
        <Page caller={caller} />
      </main>
      <Toasts />
    </div>
  );
}

/** A plain link would change the hash, and with it the view. */
function focusContent(event: MouseEvent) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Navigation({ view }: { view: View }) {
  const texts = useTexts();
  const { unreadCount, tasks } = useNotificationSystem();
  const running = tasks.filter(({ status }) => status === "running" || status === "queued").length;
  const counts: Partial<Record<View, string>> = { inbox: shown(unreadCount), tasks: shown(running) };
  return (
    <nav className="nav" aria-label={texts.nav.label}>
      {VIEWS.map((each) => (
        <a key={each} className="nav-item" href={pathOf(each)} aria-current={each === view ? "page" : undefined}>
          <Icon name={each} flips={each === "send"} />
          <span className="nav-text">{texts.nav[each]}</span>
          {counts[each] && <span className="nav-count">{counts[each]}</span>}
        </a>
      ))}
    </nav>
  );
}

const shown = (count: number): string => (count === 0 ? "" : count > 99 ? "99+" : String(count));

/** The status in a word. Its changes are told politely; the banner above the inbox says more. */
function Pill() {
  const texts = useTexts();
  const { status, transport, isLoading } = useNotificationSystem();
  const starting = isLoading && status === "offline";
  return (
    <span className={`pill pill-${status}`} role="status">
      <span className="pill-dot" aria-hidden="true" />
      {starting ? texts.shell.connecting : texts.status[status]}
      {transport && status === "live" && <span className="pill-way">{texts.transport[transport]}</span>}
    </span>
  );
}

function Who({ caller }: { caller: Caller }) {
  const texts = useTexts();
  const system = useNotificationSystem();
  const leave = () => {
    system.signOut();
    void signOut();
  };
  return (
    <div className="who">
      <Avatar name={caller.user ?? "?"} />
      <span className="user-text">
        <span className="user-name">
          <bdi>{caller.user ?? texts.shell.somebody}</bdi>
        </span>
        <span className="user-role">{caller.admin ? texts.shell.admin : texts.shell.user}</span>
      </span>
      <button type="button" className="icon-button" onClick={leave} aria-label={texts.shell.signOut} title={texts.shell.signOut}>
        <Icon name="signOut" flips />
      </button>
    </div>
  );
}

function Ended() {
  const texts = useTexts();
  const { status } = useStatus();
  if (status !== "unauthorized") return null;
  return (
    <p className="ended" role="alert">
      {texts.shell.ended}
      <button type="button" className="button" onClick={() => void signOut()}>
        {texts.shell.signInAgain}
      </button>
    </p>
  );
}
