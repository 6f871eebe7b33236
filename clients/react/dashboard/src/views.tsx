import { Inbox, Preferences, TaskList } from "../../src/ui";
import { Appearance, Languages } from "./appearance";
import { POLL_MS } from "./line/poll";
import { Head } from "./parts";
import type { Caller } from "./session/session";
import { useTexts } from "./settings";

export function InboxView() {
  const texts = useTexts();
  return (
    <>
      <Head title={texts.nav.inbox} lead={texts.views.inboxLead} />
      <div className="panel panel-tall">
        <Inbox pollSeconds={POLL_MS / 1000} />
      </div>
    </>
  );
}

export function TasksView({ caller }: { caller: Caller }) {
  const texts = useTexts();
  const user = caller.user ?? "anna";
  return (
    <>
      <Head title={texts.nav.tasks} lead={texts.views.tasksLead} />
      <div className="panel">
        <TaskList />
      </div>
      <div className="how">
        <h2>{texts.views.tasksHow}</h2>
        <pre tabIndex={0} dir="ltr">
          <code>{`belfry publish --type task-progress --user ${user} --task-id t1 --status running --progress 40`}</code>
        </pre>
      </div>
    </>
  );
}

export function PreferencesView() {
  const texts = useTexts();
  return (
    <>
      <Head title={texts.nav.preferences} lead={texts.views.preferencesLead} />
      <div className="panel">
        <Preferences />
      </div>
      <section className="panel panel-padded row">
        <div className="grow">
          <h2>{texts.views.appearance}</h2>
          <p className="field-hint">{texts.views.appearanceLead}</p>
        </div>
        <Appearance />
        <Languages />
      </section>
    </>
  );
}
