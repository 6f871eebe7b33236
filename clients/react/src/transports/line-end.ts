/** Why a line ends, from what was answered. */
import { problemOf } from "../core/problem";
import type { BelfryError, LineEnd } from "../core/types";

const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Of a call that failed. */
export const endOf = (error: unknown): LineEnd => endOfProblem(problemOf(error));

/** By the status alone: a gateway says nothing else that can be relied on. */
export function endOfProblem({ type, status, retryAfterMs }: BelfryError): LineEnd {
  if (type === "unauthorized" || status === 401) return { kind: "unauthorized" };
  if (status === undefined) return { kind: "lost" };
  return BUSY.has(status) ? { kind: "busy", retryAfterMs } : { kind: "unsupported" };
}
