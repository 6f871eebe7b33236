import { useId } from "react";
import type { Task } from "../contract";
import { useTasks } from "../hooks";
import { TaskIcon, TaskStatusIcon } from "./icons";
import { Root, useLocale } from "./locale";
import { Empty, Failed, Skeleton } from "./state-views";
import type { Locale } from "./texts";
import { useNow } from "./use-now";

export interface TaskListProps {
  locale?: Locale;
  /** Which tasks to show; all unless given. */
  filter?(task: Task): boolean;
  className?: string;
}

/** The user's background tasks with their progress, as they run. */
export function TaskList({ locale, className, filter }: TaskListProps) {
  return (
    <Root own={locale} className={className ? `belfry-tasks ${className}` : "belfry-tasks"}>
      <TaskListBody filter={filter} />
    </Root>
  );
}

function TaskListBody({ filter }: Pick<TaskListProps, "filter">) {
  const { texts } = useLocale();
  const { tasks, isLoading, error, refresh } = useTasks();
  const now = useNow();
  const shown = filter ? tasks.filter(filter) : tasks;
  if (shown.length === 0) {
    // Once they are there, an error is a refused change's.
    if (isLoading) return error ? <Failed title={texts.tasksFailed} error={error} onRetry={refresh} /> : <Skeleton rows={3} />;
    return <Empty text={texts.emptyTasks} icon={<TaskIcon />} />;
  }
  return (
    <ul className="belfry-task-list" aria-label={texts.tasks}>
      {shown.map((task) => (
        <TaskItem key={task.id} task={task} now={now} />
      ))}
    </ul>
  );
}

function TaskItem({ task, now }: { task: Task; now: number }) {
  const { texts, format } = useLocale();
  const name = useId();
  const { status, progress, error, updatedAt } = task;
  const underWay = status === "running" || (status === "queued" && progress !== undefined);
  return (
    <li className="belfry-task" data-status={status}>
      <TaskStatusIcon status={status} />
      <div className="belfry-task-text">
        <div className="belfry-row-head">
          <p className="belfry-row-title" id={name} dir="auto">
            {task.name}
          </p>
          <span className="belfry-task-status">
            {texts.taskStatus[status]}
            {underWay && progress !== undefined && <span className="belfry-number">{format.percent(progress)}</span>}
          </span>
        </div>
        {underWay && <progress className="belfry-progress" max={100} value={progress} aria-labelledby={name} />}
        {error && (
          <p className="belfry-row-message" dir="auto" data-clamped="">
            {error}
          </p>
        )}
        {!underWay && (
          <time className="belfry-time" dateTime={updatedAt} title={format.moment(updatedAt)} suppressHydrationWarning>
            {format.ago(updatedAt, now)}
          </time>
        )}
      </div>
    </li>
  );
}
