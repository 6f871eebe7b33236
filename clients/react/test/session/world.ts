/** A client against the small server, in a browser without waiting. */
import { createClient } from "../../src/core/client";
import type { Client, ClientOptions } from "../../src/core/types";
import { fakeBrowser } from "../support/platform";
import { Server } from "./server";

export function world(options: ClientOptions = {}, seed = 1) {
  const browser = fakeBrowser({ seed });
  const server = new Server(browser.now);
  const open = (name?: string, more: ClientOptions = {}) => {
    const tab = server.serve(browser.tab({ name }));
    const client = createClient({ ...options, ...more }, tab);
    return { tab, client };
  };
  /** Time with heartbeats. */
  const pass = async (ms: number, beatMs = 15_000) => {
    for (let left = ms; left > 0; left -= beatMs) {
      await browser.advance(Math.min(left, beatMs));
      server.beat();
      await browser.settle();
    }
  };
  return { browser, server, open, pass, ...open("first") };
}
/** The ids of the inbox. */
export const shown = (client: Client) => client.snapshot().notifications.map(({ id }) => id);
