/** `@belfry/react`: the provider and the hooks. The core beneath them is `@belfry/react/core`, the components `@belfry/react/ui`. */
export { NotificationProvider, type NotificationProviderProps } from "./hooks/provider";
export * from "./hooks";
export { createClient } from "./core/client";
export { RestFailure } from "./core/problem";
export type { BelfryEvent, BelfryNotification, BelfryNotification as Notification, Task } from "./contract";
export type {
  BelfryError,
  Client,
  ClientOptions,
  Filter,
  Heard,
  ListView,
  Mark,
  Snapshot,
  Status,
  Target,
  TokenSource,
  TransportName,
} from "./core/types";
