/** Line icons, drawn inline so that nothing is fetched. All are decoration: the words beside them carry the meaning. */
import type { ReactNode } from "react";
import type { BelfryNotification, Task } from "../contract";

function Icon({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <svg
      className={className ? `belfry-icon ${className}` : "belfry-icon"}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const BellIcon = () => (
  <Icon>
    <path d="M10 2.75a4.75 4.75 0 0 0-4.75 4.75c0 3.4-1 5.1-1.9 6a.75.75 0 0 0 .53 1.28h12.24a.75.75 0 0 0 .53-1.28c-.9-.9-1.9-2.6-1.9-6A4.75 4.75 0 0 0 10 2.75Z" />
    <path d="M8.25 17.25a2 2 0 0 0 3.5 0" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.5 3.5 7.5-8" />
  </Icon>
);
export const CheckAllIcon = () => (
  <Icon>
    <path d="m2.5 10.5 3.25 3.25 7-7.5M9.5 13.25l.75.75 7.25-7.75" />
  </Icon>
);
export const UnreadIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.25" />
    <circle cx="10" cy="10" r="2.25" fill="currentColor" stroke="none" />
  </Icon>
);
export const ArchiveIcon = () => (
  <Icon>
    <path d="M3 4h14v3.25H3zM4.25 7.25V15a1 1 0 0 0 1 1h9.5a1 1 0 0 0 1-1V7.25M8.25 10.5h3.5" />
  </Icon>
);
export const RestoreIcon = () => (
  <Icon>
    <path d="M3 11.5h3.75l1 2h4.5l1-2H17M3 11.5V15a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-3.5l-2.2-5M3 11.5l2.2-5M10 9.25V2.75M7.5 5 10 2.5 12.5 5" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M3.5 5.5h13M8 5.25V3.5h4v1.75M5 5.5l.75 10.3a1 1 0 0 0 1 .95h6.5a1 1 0 0 0 1-.95L15 5.5M8.4 8.75l.2 4.75M11.6 8.75l-.2 4.75" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);
export const PauseIcon = () => (
  <Icon>
    <path d="M2.75 7.25a11 11 0 0 1 3.5-2.2M9.2 4.1a11 11 0 0 1 8.05 3.15M5.4 10.25a7.2 7.2 0 0 1 2.9-1.85M12.6 9a7.2 7.2 0 0 1 2 1.25M8.1 13.1a3.4 3.4 0 0 1 3.8 0M3.5 3l13 14" />
    <circle cx="10" cy="15.75" r=".75" fill="currentColor" stroke="none" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 6v4.25l2.75 1.6" />
  </Icon>
);
export const LockIcon = () => (
  <Icon>
    <path d="M5 9h10v7.25H5zM7 9V6.5a3 3 0 0 1 6 0V9" />
  </Icon>
);
export const InboxIcon = () => (
  <Icon>
    <path d="M3 11.5h3.75l1 2h4.5l1-2H17M5.1 4.5h9.8L17 11.5V15a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-3.5z" />
  </Icon>
);
export const TaskIcon = () => (
  <Icon>
    <path d="M3 5.5h8M3 10h5M3 14.5h5M11 12.5l2.25 2.25L17 10.5" />
  </Icon>
);

const SHAPES: Record<BelfryNotification["type"], ReactNode> = {
  info: (
    <>
      <circle cx="10" cy="10" r="7" />
      <path d="M10 9.25v4M10 6.6v.05" />
    </>
  ),
  success: (
    <>
      <circle cx="10" cy="10" r="7" />
      <path d="m6.9 10.2 2.2 2.2 4-4.6" />
    </>
  ),
  warning: (
    <>
      <path d="M10 3.2 17.6 16H2.4z" />
      <path d="M10 8v3.75M10 13.6v.05" />
    </>
  ),
  error: (
    <>
      <path d="M7 2.9h6L17.1 7v6L13 17.1H7L2.9 13V7z" />
      <path d="M10 6.4v4.4M10 13.4v.05" />
    </>
  ),
};

/** Each severity has a shape of its own, for those to whom colours look alike. */
export function SeverityIcon({ type }: { type: BelfryNotification["type"] }) {
  return <Icon className={`belfry-severity belfry-severity-${type}`}>{SHAPES[type]}</Icon>;
}

/** Where a task stands, by shape. */
export function TaskStatusIcon({ status }: { status: Task["status"] }) {
  if (status === "completed") return <SeverityIcon type="success" />;
  if (status === "failed") return <SeverityIcon type="error" />;
  return (
    <Icon className={`belfry-severity belfry-task-${status}`}>
      {status === "running" ? (
        <path className="belfry-spin" d="M10 3a7 7 0 1 1-6.6 4.7" />
      ) : (
        <>
          <circle cx="10" cy="10" r="7" strokeDasharray={status === "queued" ? "2.2 2.2" : undefined} />
          {status === "cancelled" && <path d="M7 10h6" />}
        </>
      )}
    </Icon>
  );
}
