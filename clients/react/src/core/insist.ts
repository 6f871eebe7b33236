/** Trying until it works, ever more rarely. */
import { backoffMs } from "./backoff";
import { networkFailure } from "./problem";
import type { Platform, PlatformChange } from "./types";

export const STOPPED = "The client was stopped";

/** Waits, no longer than until `early` happens; rejects as soon as the signal says that it is over. */
export function sleep(platform: Platform, ms: number, signal: AbortSignal, early?: PlatformChange): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = platform.setTimeout(wake, ms);
    const unwatch = platform.watch((what) => what === early && wake());
    signal.addEventListener("abort", stop);
    function over(): void {
      platform.clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", stop);
    }
    function wake(): void {
      over();
      resolve();
    }
    function stop(): void {
      over();
      reject(networkFailure(STOPPED));
    }
  });
}

/** What `run` gives, once it does; tried again at once where the network is back. Rejects only where the signal ended it. */
export async function insist<T>(platform: Platform, run: () => Promise<T>, signal: AbortSignal, failed: (cause: unknown) => void): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await run();
    } catch (cause) {
      if (signal.aborted) throw cause;
      failed(cause);
      await sleep(platform, backoffMs(failures, platform.random()), signal, "online");
    }
  }
}
