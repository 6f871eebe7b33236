/** What went wrong, as the application is told: the server's own words (RFC 9457) where it gave any. */
import { isFields, readJson } from "./read";
import type { BelfryError } from "./types";

/** A call that failed. `problem` is fit to be shown. */
export class RestFailure extends Error {
  override name = "RestFailure";
  constructor(readonly problem: BelfryError) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title);
  }
}

/** Nobody answered, or somebody else did. */
export const networkFailure = (detail: string): RestFailure =>
  new RestFailure({ type: "network", title: "The server could not be reached", detail });

/**
 * The problem in an answer. A gateway's own answer is no problem document, so the status alone decides there; its type is then
 * `about:blank`, which says just that.
 */
export function readProblem(status: number, headers: Headers, body: string, now: number): BelfryError {
  const said = readJson(body);
  const problem = isFields(said) ? said : {};
  const known = typeof problem.type === "string" && typeof problem.title === "string";
  const retryAfterMs = readRetryAfter(headers, now) ?? seconds(problem.retryAfter);
  return {
    type: status === 401 ? "unauthorized" : known ? String(problem.type) : "about:blank",
    title: known ? String(problem.title) : status === 401 ? "A valid credential is needed" : `The server answered ${status}`,
    ...(known && typeof problem.detail === "string" && { detail: problem.detail }),
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** `Retry-After`, in seconds or as a date, as milliseconds from now. */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(value)) return seconds(Number(value));
  // A date has letters; what else the parser would take for one is none.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const seconds = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value * 1_000 : undefined;
