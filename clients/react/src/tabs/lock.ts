/** Leadership by the Web Locks API: whoever holds the lock leads, and the browser hands it on when a tab is gone. */

export interface Standing {
  /** Waits for the lock. */
  stand(): void;
  /** Takes it from whoever has it. */
  steal(): void;
  /** Gives it up, or waits no longer. */
  leave(): void;
}

export interface StandingEvents {
  held(): void;
  /** Another has taken it from us. */
  lost(): void;
  /** This page may have no locks. */
  refused(): void;
}

/** What of a browser's locks is used here. */
interface Locks {
  request(name: string, how: LockOptions, granted: () => Promise<void> | undefined): Promise<unknown>;
}

/** The lock of a tab that shares it with nobody: had by all who ask, as soon as they ask. */
export const ALONE: Locks = { request: (_name, _how, granted) => Promise.resolve().then(granted) };

export function createStanding(locks: Locks, name: string, on: StandingEvents): Standing {
  /** Ends the request that counts. Whatever an earlier one still brings is not ours any more. */
  let end: (() => void) | null = null;

  function leave(): void {
    const last = end;
    end = null;
    last?.();
  }

  function request(steal: boolean): void {
    leave();
    const abort = new AbortController();
    let release = (): void => {};
    const mine = (): void => {
      abort.abort();
      release();
    };
    end = mine;
    const granted = (): Promise<void> | undefined => {
      if (end !== mine) return;
      const held = new Promise<void>(resolve => (release = resolve));
      on.held();
      return held;
    };
    // The API allows no signal beside `steal`, which is granted at once in any case.
    locks.request(name, steal ? { steal } : { signal: abort.signal }, granted).catch((error: unknown) => {
      if (end !== mine) return;
      end = null;
      if (error instanceof DOMException && error.name === "AbortError") on.lost();
      else on.refused();
    });
  }

  return { stand: () => request(false), steal: () => request(true), leave };
}
