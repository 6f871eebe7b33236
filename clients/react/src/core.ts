/** `@belfry/react/core`: the client without React. */
export { createClient } from "./core/client";
export { browserPlatform } from "./core/browser-platform";
export { RestFailure } from "./core/problem";
export type * from "./core/types";
export type { BelfryEvent, BelfryNotification, Preferences, Problem, Task } from "./contract";
