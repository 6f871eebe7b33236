import type { Problem } from "../../../src/contract";
import type { Caller } from "./session";

/** The server said no, with its reasons. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

/**
 * A request that the components do not make: sending and withdrawing.
 *
 * @throws Refused with the server's problem, or with one of type `network` when there is no answer.
 */
export async function request(caller: Caller, method: string, path: string, body?: object, once?: string): Promise<Record<string, unknown>> {
  const headers: Record<string, string> = {};
  if (body) headers["Content-Type"] = "application/json";
  if (once) headers["Idempotency-Key"] = once;
  if (caller.token !== null) headers.Authorization = `Bearer ${caller.token}`;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined });
  } catch (error) {
    throw new Refused({ type: "network", title: error instanceof Error ? error.message : String(error), status: 0 });
  }
  // A proxy's error has no JSON in it.
  const json: unknown = await answer.json().catch(() => ({ type: "network", title: `${answer.status} ${answer.statusText}`, status: answer.status }));
  if (!answer.ok) throw new Refused(json as Problem);
  return json as Record<string, unknown>;
}
