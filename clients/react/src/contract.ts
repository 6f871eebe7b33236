/** The wire, as `crates/contract/golden/openapi.json` describes it. `npm run generate` renews what it is made from. */
import type { components } from "./contract.generated";

type Schemas = components["schemas"];
export type BelfryNotification = Schemas["Notification"];
export type Task = Schemas["Task"];
export type BelfryEvent = Schemas["Event"];
export type Preferences = Schemas["Preferences"];
export type Problem = Schemas["Problem"];
