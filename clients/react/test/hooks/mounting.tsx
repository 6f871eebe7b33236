/** Mounting for tests of hooks: everything is unmounted after each test, and a warning of React's fails it. */
import { act, cleanup, render, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Client } from "../../src/core/types";
import { NotificationProvider } from "../../src/hooks/provider";

export { act, render, renderHook };

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);

beforeEach(() => void complaints.mockClear());
afterEach(() => {
  cleanup();
  expect(complaints.mock.calls).toEqual([]);
});

/** What a test expects React to complain about. */
export function expectComplaints(): void {
  expect(complaints).toHaveBeenCalled();
  complaints.mockClear();
}

/** For `renderHook`. */
export function within(client: Client): { wrapper: (props: { children: ReactNode }) => ReactNode } {
  return { wrapper: ({ children }) => <NotificationProvider client={client}>{children}</NotificationProvider> };
}

/** Lets promises settle, with React watching. */
export const settled = () => act(async () => void (await new Promise((done) => setTimeout(done, 0))));
