/** Who is to be believed among those who say that they lead. Pure; knows no channel and no clock. */

/** A place in what one leader says. */
export interface Place {
  /** Later leaders have greater ones. */
  term: number;
  leader: string;
  /** How much of its news was taken; -1 when we missed some and must ask for its whole state. */
  n: number;
}

/** What only a leader says. `n` is how much news it has told so far, this message included. */
export type Claim = { from: string; term: number } & (
  | { kind: "hello"; after: Place | null }
  | { kind: "news"; n: number }
  | { kind: "pong"; n: number }
  /** `mine`: it answers us. One for another may be older than what was told before we could hear it. */
  | { kind: "welcome"; n: number; mine: boolean }
);

export interface Judgement {
  place: Place | null;
  /**
   * `take`: news, the very next. `load`: its whole state, which we need. `ask`: we are out of step and need that state.
   * `heed`: it lives, and we are in step. `ignore`: it comes from one whom another has replaced.
   */
  verdict: "take" | "load" | "ask" | "heed" | "ignore";
}

/** Above 0 when `a` leads rather than `b`. Two that begin in the same term are told apart by name. */
export function rank(a: Omit<Place, "n">, b: Omit<Place, "n"> | null): number {
  if (!b) return 1;
  return a.term - b.term || (a.leader < b.leader ? -1 : Number(a.leader > b.leader));
}

/** The term of one that begins to lead. All tabs have the same clock, so it also exceeds the terms that this one never heard of. */
export function nextTerm(place: Place | null, now: number): number {
  return Math.max((place?.term ?? 0) + 1, now);
}

/** What a follower at `place` makes of a claim. */
export function judge(place: Place | null, claim: Claim): Judgement {
  const { term, from: leader, kind } = claim;
  const above = rank({ term, leader }, place);
  // One that begins below what we believe has not heard of it: asking tells it.
  if (above < 0) return { place, verdict: kind === "hello" ? "ask" : "ignore" };
  const known = above === 0 && place ? place.n : -1;
  const at = (n: number): Place => ({ term, leader, n });

  switch (kind) {
    case "hello": {
      if (above === 0) return { place, verdict: "heed" };
      // It goes on from where we are, so we know all that it knows.
      const inStep = place !== null && place.n >= 0 && claim.after?.n === place.n && rank(claim.after, place) === 0;
      return inStep ? { place: at(0), verdict: "heed" } : { place: at(-1), verdict: "ask" };
    }
    case "welcome":
      if (claim.mine) return { place: at(claim.n), verdict: "load" };
      break;
    case "news":
      if (known >= 0 && claim.n === known + 1) return { place: at(claim.n), verdict: "take" };
      break;
    case "pong":
      break;
  }
  return claim.n > known ? { place: at(-1), verdict: "ask" } : { place, verdict: "heed" };
}
