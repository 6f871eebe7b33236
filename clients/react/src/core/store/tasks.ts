/** Tasks: what is finished never runs again, and a late report of an earlier state changes nothing. */
import type { Task } from "../../contract";
import { equal } from "../json";
import { compare } from "./order";
import type { State } from "./state";

function isFinished({ status }: Task): boolean {
  return status !== "queued" && status !== "running";
}

function isOlder(task: Task, than: Task): boolean {
  const ended = isFinished(than);
  // The server's clocks may step back, so the time decides only between reports of one kind.
  return isFinished(task) === ended ? task.updatedAt < than.updatedAt : ended;
}

export function takeTask(state: State, task: Task): void {
  const held = state.tasks.get(task.id);
  if (held && (isOlder(task, held) || equal(held, task))) return;
  state.tasks.set(task.id, task);
}

/** All of them, read anew; what is equal keeps its identity. */
export function replaceTasks(state: State, tasks: Task[]): void {
  const before = state.tasks;
  state.tasks = new Map();
  for (const task of tasks) {
    const held = before.get(task.id);
    state.tasks.set(task.id, held && equal(held, task) ? held : task);
  }
}

export function newestTasks(state: State): Task[] {
  return [...state.tasks.values()].sort((one, other) => compare(other.createdAt, one.createdAt) || compare(one.id, other.id));
}
