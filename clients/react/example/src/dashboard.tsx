import { useBelfryEvent, useNotificationSystem, useTask } from "@belfry/react";
import { Inbox, NotificationBell, TaskList, Toasts } from "@belfry/react/ui";
import { useState } from "react";

/** Ready components beside one written with the hooks. */
export function Dashboard({ user, onLeave }: { user: string; onLeave: () => void }) {
  const { status, transport, signOut } = useNotificationSystem();
  const leave = () => {
    signOut(); // Clears every tab of this user.
    onLeave();
  };
  return (
    <>
      <header>
        <h1>Hello, {user}</h1>
        <span className="status" data-status={status}>
          {transport ? `${status} by ${transport}` : status}
        </span>
        <NotificationBell />
        <button type="button" onClick={leave}>
          Sign out
        </button>
      </header>
      <main>
        <section>
          <Inbox />
        </section>
        <section>
          <Latest />
          <LastFinished />
          <TaskList />
        </section>
      </main>
      <Toasts />
    </>
  );
}

/** A list of one's own: this is all that it takes. */
function Latest() {
  const { notifications, unreadCount, markAsRead, markAllAsRead } = useNotificationSystem();
  return (
    <article>
      <h2>Latest ({unreadCount} unread)</h2>
      <ul>
        {notifications.slice(0, 3).map(({ id, title, read }) => (
          <li key={id}>
            {title} {!read && <button type="button" onClick={() => void markAsRead(id)}>Read</button>}
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => void markAllAsRead()}>
        Mark all as read
      </button>
    </article>
  );
}

/** Events as they happen, also those that are no notification. */
function LastFinished() {
  const [finished, setFinished] = useState<string | null>(null);
  useBelfryEvent(({ event, live }) => {
    if (event.type === "task-completed" && live) setFinished(event.taskId);
  });
  const { task } = useTask(finished);
  return <p>{task ? `${task.name}: ${task.status}` : "No task has finished since you came."}</p>;
}
