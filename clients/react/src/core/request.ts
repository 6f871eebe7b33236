/** One request to Belfry: who asks, how long it may take, and what was known already. */
import { bound } from "./bound";
import { type Fields, isFields, readJson } from "./json";
import { failureOf, networkFailure, readProblem, RestFailure } from "./problem";
import { createTokens } from "./tokens";
import type { Ask, ClientOptions, Platform, Rest, ServerFacts, TransportName } from "./types";

/** Longer than API Gateway waits for its slowest function is of no use; people wait for less. */
const ANSWER_MS = 15_000;
/** Answers that are kept for the next time, each under its address. */
const KEPT_ANSWERS = 20;
/** Of an answer without one, a 204. */
export const NO_BODY: Fields = {};
/** The server's words for transports, and ours. */
const WORDS: Record<string, TransportName> = { sse: "sse", socket: "websocket", poll: "polling" };

/** What an address answered, and to whom: two tokens may be two people. */
interface Kept {
  tag: string;
  body: Fields;
  to: string | undefined;
}

interface Answered {
  response: Response;
  text: string;
  to: string | undefined;
  round: number;
  /** What a 304 stands for. */
  held: Kept | null;
}

export type Requester = Pick<Rest, "baseUrl" | "credentials" | "facts" | "headers" | "send">;

export function createRequester(options: ClientOptions, platform: Platform): Requester {
  const { fetch } = platform;
  const baseUrl = (options.baseUrl ?? "").replace(/\/+$/, "");
  const elsewhere = /^(https?:)?\/\//i.test(baseUrl);
  const kept = new Map<string, Kept>();
  const tokens = createTokens(options.getToken);
  let transports: TransportName[] | null = null;
  let sockets = options.socketUrl;
  let answeredFrom = baseUrl;

  const credentials = (): RequestCredentials => (tokens.held() !== null ? "omit" : elsewhere ? "include" : "same-origin");

  async function headers(ask: { refresh: boolean }): Promise<Record<string, string>> {
    const token = await tokens.ask(ask.refresh);
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  function note(response: Response): void {
    answeredFrom = response.url || answeredFrom;
    sockets = options.socketUrl ?? response.headers.get("belfry-sockets") ?? sockets;
    const words = response.headers.get("belfry-transports")?.split(",") ?? [];
    const known = words.flatMap((word) => WORDS[word.trim().toLowerCase()] ?? []);
    if (known.length) transports = known;
  }

  async function once(path: string, ask: Ask, signal: AbortSignal, refresh: boolean): Promise<Answered> {
    const sent = { accept: "application/json", ...(await headers({ refresh })) } as Record<string, string>;
    const round = tokens.round();
    const to = sent.authorization;
    const last = ask.keep ? kept.get(path) : undefined;
    const held = last && last.to === to ? last : null;
    if (held) sent["if-none-match"] = held.tag;
    if (ask.body) sent["content-type"] = "application/json";
    const response = await fetch(baseUrl + path, {
      method: ask.method ?? "GET",
      headers: sent,
      body: ask.body && JSON.stringify(ask.body),
      credentials: credentials(),
      cache: "no-store",
      signal,
    });
    note(response);
    return { response, text: await response.text(), to, round, held };
  }

  function bodyOf(path: string, ask: Ask, { response, text, to, held }: Answered): Fields {
    if (response.status === 304 && held) return held.body;
    if (!response.ok) throw new RestFailure(readProblem(response, text, platform.now()));
    if (response.status === 204) return NO_BODY;
    const body = readJson(text);
    if (!isFields(body)) throw networkFailure("the answer is no JSON");
    const tag = response.headers.get("etag");
    if (ask.keep && tag) {
      kept.delete(path);
      kept.set(path, { tag, body, to });
      bound(kept, KEPT_ANSWERS);
    }
    return body;
  }

  async function send<T>(path: string, ask: Ask, read: (body: Fields) => T): Promise<T> {
    try {
      return await withDeadline(platform, ask.signal, async (signal) => {
        let answered = await once(path, ask, signal, false);
        // Whoever was refused with a token that has been replaced since only needs to ask again.
        if (answered.response.status === 401 && options.getToken)
          answered = await once(path, ask, signal, answered.round === tokens.round());
        return read(bodyOf(path, ask, answered));
      });
    } catch (error) {
      throw failureOf(error);
    }
  }

  return {
    baseUrl,
    get credentials() {
      return credentials();
    },
    facts: (): ServerFacts => ({ transports, socketUrl: sockets ? socketAddress(sockets, answeredFrom) : null }),
    headers,
    send,
  };
}

/** Absolute, or null while nothing has told where "here" is. */
function socketAddress(address: string, base: string): string | null {
  try {
    return new URL(address, base || undefined).href.replace(/^http/, "ws");
  } catch {
    return null;
  }
}

/** Ends what takes too long, also where it does not heed its signal. */
async function withDeadline<T>(platform: Platform, outer: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    control.signal.addEventListener("abort", () => reject(networkFailure(outer?.aborted ? "cancelled" : "no answer in time")));
  });
  const stop = () => control.abort();
  const timer = platform.setTimeout(stop, ANSWER_MS);
  outer?.addEventListener("abort", stop, { signal: control.signal });
  if (outer?.aborted) stop();
  try {
    return await Promise.race([ended, run(control.signal)]);
  } finally {
    platform.clearTimeout(timer);
    stop();
  }
}
