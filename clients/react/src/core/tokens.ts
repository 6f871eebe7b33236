/** The application's token: asked at each attempt, refreshed once for however many were refused with it. */
import type { TokenSource } from "./types";

export interface Tokens {
  ask(refresh: boolean): Promise<string | null>;
  /** The last one; null where a cookie speaks. */
  held(): string | null;
  /** How often it was refreshed: who was refused in an earlier round asks again without a refresh. */
  round(): number;
}

export function createTokens(source: TokenSource | undefined): Tokens {
  let held: string | null = null;
  let round = 0;
  let refreshing: Promise<string | null> | null = null;

  async function ask(refresh: boolean): Promise<string | null> {
    return (held = (await source?.({ refresh })) ?? null);
  }
  function renew(): Promise<string | null> {
    // Not within `ask`: a source that throws at once would end before it had begun.
    return ask(true).finally(() => {
      round += 1;
      refreshing = null;
    });
  }

  return {
    held: () => held,
    round: () => round,
    // The old one is known to be refused while a new one is on its way.
    ask: (refresh) => (refresh || refreshing ? (refreshing ??= renew()) : ask(false)),
  };
}
