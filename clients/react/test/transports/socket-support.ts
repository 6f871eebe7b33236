/** A server's side of a socket, as tests of it speak it. */
import { socket } from "../../src/transports/socket";
import type { BelfryEvent } from "../../src/contract";
import type { FakeSocket } from "../support/platform";
import { ALL, at, only, seg, socketing, TAG, tryLine, type TrialOptions } from "./support";

export const positions = (user: number, everyone = 7) => ({
  user: { n: user, at: seg(TAG, user) },
  everyone: { n: everyone, at: seg(ALL, everyone) },
});
export const answer = (user: number, events: BelfryEvent[] = [], more = false) => ({ events, cursor: at(user), more, positions: positions(user) });
export const push = (n: number, ...events: BelfryEvent[]) => ({ feed: "user", n, at: seg(TAG, n), events });
export const resumeFrom = (cursor: string) => ({ action: "resume", after: cursor });
export const PING = { action: "ping" };

export async function talking(given: TrialOptions = {}) {
  let sockets: FakeSocket[] = [];
  const trial = await tryLine(socket, { ...given, prepare: (tab) => void (sockets = socketing(tab)) });
  const peer = only(sockets);
  return {
    ...trial,
    peer,
    sockets,
    async say(...messages: unknown[]) {
      for (const message of messages) peer.say(message);
      await trial.browser.settle();
    },
  };
}
/** One that has resumed and holds 43. */
export async function caughtUp(given: TrialOptions = {}) {
  const trial = await talking(given);
  await trial.say(answer(43));
  trial.news();
  trial.peer.sent.length = 0;
  return trial;
}
