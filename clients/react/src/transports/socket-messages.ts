/** What a socket says, read once. */
import type { BelfryEvent } from "../contract";
import { isFields, isNumber, isText, readJson } from "../core/json";
import { problemFrom } from "../core/problem";
import { readEvents, readNews } from "./read-news";
import type { BelfryError } from "../core/types";
import type { Place, Places, Push } from "./socket-feeds";

export type SocketMessage =
  /** Of an answer to `resume`, all or a part: the last one alone has `places`. */
  | { kind: "answer"; events: BelfryEvent[]; cursor: string; more: boolean; places: Places | null }
  | { kind: "places"; places: Places }
  | { kind: "push"; push: Push }
  | { kind: "error"; problem: BelfryError };

/** Null for what is none of ours. */
export function readSocketMessage(text: unknown): SocketMessage | null {
  const said = isText(text) ? readJson(text) : null;
  if (!isFields(said)) return null;
  const places = isFields(said.positions) ? readPlaces(said.positions) : null;
  if (isFields(said.error)) return { kind: "error", problem: problemFrom(said.error) };
  if (isText(said.feed) && isNumber(said.n)) {
    const push: Push = { feed: said.feed, n: said.n };
    if (isText(said.at) && Array.isArray(said.events)) Object.assign(push, { at: said.at, events: readEvents(said) });
    return { kind: "push", push };
  }
  if (Array.isArray(said.events) && isText(said.cursor)) return { kind: "answer", ...readNews(said), places };
  return places && { kind: "places", places };
}

function readPlaces(positions: Record<string, unknown>): Places {
  const isPlace = (value: unknown): value is Place => isFields(value) && isNumber(value.n) && isText(value.at);
  // A map, since a topic may be called `constructor`.
  return new Map(Object.entries(positions).filter((entry): entry is [string, Place] => isPlace(entry[1])));
}
