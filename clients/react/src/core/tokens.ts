/** The application's token: asked at each attempt, refreshed once for however many were refused with it. */
import type { TokenSource } from "./types";

export interface Tokens {
  ask(refresh: boolean): Promise<string | null>;
  /** The last one; null where a cookie speaks. */
  held(): string | null;
  /** How often it was refreshed: who was refused in an earlier round asks again without a refresh. */
  round(): number;
}

export function createTokens(source: TokenSource | undefined, changed: () => void): Tokens {
  let held: string | null = null;
  let round = 0;
  let refreshing: Promise<string | null> | null = null;

  function hold(token: string | null): string | null {
    if (token !== held) changed();
    held = token;
    return token;
  }

  async function renew(): Promise<string | null> {
    try {
      return hold((await source?.({ refresh: true })) ?? null);
    } finally {
      round += 1;
      refreshing = null;
    }
  }

  return {
    held: () => held,
    round: () => round,
    async ask(refresh) {
      if (!source) return null;
      // The old one is known to be refused while a new one is on its way.
      if (refresh || refreshing) return (refreshing ??= renew());
      return hold((await source({ refresh: false })) ?? null);
    },
  };
}
