/** A faster clock: what the client takes for a minute is over in a few seconds. All else is the browser's own. */
import type { Platform } from "../../../src/core/types";

export function quick(platform: Platform, speed: number): Platform {
  const began = platform.now();
  return {
    ...platform,
    now: () => began + (platform.now() - began) * speed,
    setTimeout: (run, ms) => platform.setTimeout(run, ms / speed),
    clearTimeout: timer => platform.clearTimeout(timer),
  };
}
