/**
 * Asking now and then: works wherever requests do, so it is what is left when nothing else does.
 *
 * Live or not: what a regular look finds is news. A first look that finds a lot, or more than fits one answer, is catching up, until
 * there is no more.
 */
import type { Transport } from "../core/types";
import { endOf } from "./line-end";
import { askNews } from "./read-news";

/** A page that nobody looks at asks so many times more rarely. */
const HIDDEN = 4;
/** Clients that started together drift apart: a wait is up to so much shorter or longer. */
const SPREAD = 0.2;
/** What happens while a line falls back to polls are a few events; more came while nobody looked. */
const A_LOT = 20;
/** For the answer itself. */
const ANSWER_MS = 30_000;

export const poll: Transport = {
  quietMs: ({ pollMs }) => HIDDEN * (1 + SPREAD) * pollMs + ANSWER_MS,
  open({ platform, rest, cursor, pollMs }, events) {
    const stop = new AbortController();
    let at = cursor;
    let opened = false;
    let catchingUp = false;
    let looking = false;
    let again = false;
    let timer: unknown = null;

    function wait(): void {
      const ms = pollMs * (platform.isVisible() ? 1 : HIDDEN) * (1 - SPREAD + 2 * SPREAD * platform.random());
      timer = platform.setTimeout(look, ms);
    }

    function look(): void {
      platform.clearTimeout(timer);
      again = looking;
      if (!looking) void run();
    }

    async function run(): Promise<void> {
      looking = true;
      try {
        await once();
      } catch (error) {
        if (stop.signal.aborted) return;
        close();
        return events.ended(endOf(error));
      }
      looking = false;
      if (stop.signal.aborted) return;
      if (again) look();
      else wait();
    }

    async function once(): Promise<void> {
      const answer = await askNews(rest, at, stop.signal);
      if (stop.signal.aborted) return;
      const first = !opened;
      opened = true;
      if (first) events.opened();
      events.alive();
      if (stop.signal.aborted) return;
      if (!answer) return void (catchingUp = false);
      const behind = catchingUp || (first && (answer.more || answer.events.length > A_LOT));
      catchingUp = behind && answer.more;
      // Whoever says that there is more and goes nowhere would be asked for ever.
      again ||= answer.more && answer.cursor !== at;
      at = answer.cursor;
      events.group(answer.events, at, !behind);
    }

    function close(): void {
      stop.abort();
      platform.clearTimeout(timer);
    }

    void run();
    return { close, nudge: () => void (stop.signal.aborted || look()) };
  },
};
