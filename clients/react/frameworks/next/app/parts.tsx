import { Inbox, NotificationBell, TaskList, Toasts } from "@belfry/react/ui";
import { Line } from "./line";

/** Components of the package, named by a component of the server. */
export function Parts() {
  return (
    <main>
      <NotificationBell />
      <Line />
      <div style={{ blockSize: 480, display: "grid" }}>
        <Inbox />
      </div>
      <TaskList />
      <Toasts />
    </main>
  );
}
