/** What holds the line. It is loaded apart, after the first lists: a page is painted without it. */
import { eventSource } from "../transports/event-source";
import { poll } from "../transports/poll";
import { socket } from "../transports/socket";
import { sse } from "../transports/sse";
import type { ClientOptions, Transport, TransportName } from "./types";

export { createTabs } from "../tabs/tabs";
export { createSession } from "./session";
export * from "./store/later";

export function transportsOf(options: ClientOptions): Record<TransportName, Transport> {
  return { sse: options.eventSource ? eventSource : sse, websocket: socket, polling: poll };
}
