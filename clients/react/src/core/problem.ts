/** What went wrong, as the application is told: the server's own words (RFC 9457) where it gave any. */
import { type Fields, isFields, isText, readJson } from "./json";
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

/** Whatever was thrown, as a failure. */
export const failureOf = (error: unknown): RestFailure =>
  error instanceof RestFailure ? error : networkFailure(error instanceof Error ? error.message : String(error));

export const problemOf = (error: unknown): BelfryError => failureOf(error).problem;

/**
 * The problem in an answer. A gateway's own answer is no problem document, so the status alone decides there; its type is then
 * `about:blank`, which says just that.
 */
export function readProblem({ status, headers }: Response, body: string, now: number): BelfryError {
  const said = readJson(body);
  const isProblem = isFields(said) && isText(said.type) && isText(said.title);
  const refused = status === 401;
  const title = refused ? "A valid credential is needed" : `The server answered ${status}`;
  const problem = problemFrom(isProblem ? said : { type: "about:blank", title });
  const retryAfterMs = readRetryAfter(headers.get("retry-after") ?? "", now) ?? problem.retryAfterMs;
  return { ...problem, status, retryAfterMs, ...(refused && { type: "unauthorized" }) };
}

/** A problem document's own figures and words. */
export const problemFrom = ({ type, title, detail, status, retryAfter }: Fields): BelfryError => ({
  type: String(type),
  title: String(title),
  detail: detail as string | undefined,
  status: status as number | undefined,
  retryAfterMs: (retryAfter as number) * 1_000 || undefined,
});

/** `Retry-After`, in seconds or as a date, as milliseconds from now. */
function readRetryAfter(value: string, now: number): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  // A date has letters; what else the parser would take for one is none.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
