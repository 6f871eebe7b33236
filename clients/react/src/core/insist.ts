/** Trying until it works, ever more rarely. */
import { backoffMs } from "./backoff";
import { networkFailure } from "./problem";
import type { Platform } from "./types";

export const STOPPED = "The client was stopped";

/** Waits; rejects as soon as the signal says that it is over. */
export function sleep(platform: Platform, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = platform.setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    function stop(): void {
      platform.clearTimeout(timer);
      reject(networkFailure(STOPPED));
    }
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** What `run` gives, once it does. Rejects only where the signal ended it. */
export async function insist<T>(platform: Platform, run: () => Promise<T>, signal: AbortSignal, failed: (cause: unknown) => void): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await run();
    } catch (cause) {
      if (signal.aborted) throw cause;
      failed(cause);
      await sleep(platform, backoffMs(failures, platform.random()), signal);
    }
  }
}
