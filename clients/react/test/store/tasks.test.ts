import { expect, it } from "vitest";
import type { Task } from "../../src/contract";
import { emptyState } from "../../src/core/store/state";
import { takeTask } from "../../src/core/store/tasks";

it("a finished task stays finished, and is so at once, though the server's clock stepped back", () => {
  const state = emptyState(0);
  const task = (status: string, second: number) => ({ id: "t", status, updatedAt: `2026-11-30T12:00:0${second}Z` }) as Task;
  const now = () => [state.tasks.get("t")?.status, state.tasks.get("t")?.updatedAt.slice(-2, -1)];
  takeTask(state, task("running", 5));
  takeTask(state, task("running", 4));
  expect(now()).toEqual(["running", "5"]);
  takeTask(state, task("completed", 3));
  expect(now()).toEqual(["completed", "3"]);
  takeTask(state, task("running", 9));
  expect(now()).toEqual(["completed", "3"]);
});
