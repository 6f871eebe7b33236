/** Components on a scripted client, in a document without layout: rows have no height, so a list shows what fits 640 px by estimate. */
import { act, cleanup, fireEvent, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { SWRConfig } from "swr";
import { afterEach, vi } from "vitest";
import { ScriptedClient, type Script } from "../../browser/gallery/scripted-client";
import { sample } from "../../browser/gallery/samples";
import type { BelfryNotification } from "../../src/contract";
import { ClientContext } from "../../src/hooks/context";

afterEach(cleanup);
// Roles are slow to find without a browser, the more so on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

export function mount(component: ReactNode, script: Script | ScriptedClient = {}) {
  const client = script instanceof ScriptedClient ? script : new ScriptedClient(script);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <SWRConfig value={{ provider: () => new Map() }}>
      <ClientContext.Provider value={client}>{children}</ClientContext.Provider>
    </SWRConfig>
  );
  return { client, ...render(component, { wrapper }) };
}

/** `count` rows, the newest first: n1, n2, …; every one unread unless told otherwise. */
export function rows(count: number, part: Partial<BelfryNotification> = {}): BelfryNotification[] {
  return Array.from({ length: count }, (_, row) => sample({ id: `n${row + 1}`, title: `Title ${row + 1}`, read: false, ...part }, row + 1));
}

export function press(key: string, more: object = {}): void {
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
}

/** Lets promises and effects run. */
export async function settle(): Promise<void> {
  await act(async () => {
    await Promise.resolve();
    await Promise.resolve();
  });
}

export const BUSY = { type: "urn:belfry:problem:busy", title: "The server is busy", detail: "try again", status: 503 };
