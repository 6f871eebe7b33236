import { browserPlatform, type TransportName } from "../../../src/core";
import { store } from "../store";
import { createSwitchboard } from "./switchboard";

/** What the page does to its connection. One for the page, whoever signs in. */
export const switchboard = createSwitchboard(browserPlatform());
export const offline = store(false);
/** A transport that was chosen; null leaves it to the client. While one is chosen the tab has a line of its own, or it would change nothing. */
export const chosen = store<TransportName | null>(null);

type Order = { do: "cut" } | { do: "offline"; offline: boolean };
/** The tab that holds the line may be another one, so all of them obey. */
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("belfry-dashboard-line");
if (tabs) tabs.onmessage = ({ data }: MessageEvent<Order>) => obey(data);

export function cutLine(): void {
  order({ do: "cut" });
}

export function setOffline(to: boolean): void {
  order({ do: "offline", offline: to });
}

function order(what: Order): void {
  obey(what);
  tabs?.postMessage(what);
}

function obey(what: Order): void {
  if (what.do === "cut") switchboard.cut();
  else {
    offline.set(what.offline);
    switchboard.setOffline(what.offline);
  }
}
