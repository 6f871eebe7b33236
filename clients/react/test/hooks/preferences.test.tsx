// @vitest-environment happy-dom
import { SWRConfig } from "swr";
import { expect, it } from "vitest";
import { RestFailure } from "../../src/core/problem";
import { usePreferences } from "../../src/hooks";
import { NotificationProvider } from "../../src/hooks/provider";
import { Deferred, ScriptedClient } from "./scripted-client";
import { act, renderHook, settled, within } from "./mounting";

const refusal = new RestFailure({ type: "urn:belfry:problem:busy", title: "Busy", status: 503 });

async function mounted(client: ScriptedClient) {
  const hook = renderHook(() => usePreferences(), within(client));
  await settled();
  return hook;
}

it("C44 shows a muted category before the server has agreed", async () => {
  const client = new ScriptedClient();
  const { result } = await mounted(client);
  expect(result.current).toMatchObject({ muted: ["digest"], isLoading: false, error: null });
  const reply = new Deferred<void>();
  client.onPreferences = () => reply.promise;
  let saved = false;
  act(() => void result.current.mute("billing").then(() => (saved = true)));
  expect(result.current.muted).toEqual(["digest", "billing"]);
  expect(saved).toBe(false);
  await act(async () => reply.resolve());
  await settled();
  expect(saved).toBe(true);
  expect(result.current).toMatchObject({ muted: ["digest", "billing"], error: null });
  expect(client.muted).toEqual(["digest", "billing"]);
});

it("C44 takes a refused change back and says why, until the next one", async () => {
  const client = new ScriptedClient();
  const { result } = await mounted(client);
  client.onPreferences = () => Promise.reject(refusal);
  const outcome = act(() => expect(result.current.setMuted([])).rejects.toBe(refusal));
  await outcome;
  await settled();
  expect(result.current).toMatchObject({ muted: ["digest"], error: refusal.problem });
  client.onPreferences = () => Promise.resolve();
  await act(() => result.current.unmute("digest"));
  expect(result.current).toMatchObject({ muted: [], error: null });
});

it("C44 two quick changes do not undo each other, though the first is refused", async () => {
  const client = new ScriptedClient();
  const { result } = await mounted(client);
  const reply = new Deferred<void>();
  client.onPreferences = () => reply.promise;
  act(() => {
    void result.current.mute("a");
    void result.current.mute("b");
  });
  expect(result.current.muted).toEqual(["digest", "a", "b"]);
  await settled();
  expect(client.count("setPreferences")).toBe(1);
  client.onPreferences = () => Promise.resolve();
  await act(async () => reply.reject(refusal));
  await settled();
  expect(client.muted).toEqual(["digest", "b"]);
  expect(result.current.muted).toEqual(["digest", "b"]);
});

it("C44 a change is made upon what another device has saved meanwhile", async () => {
  const client = new ScriptedClient();
  const { result } = await mounted(client);
  client.muted = ["digest", "from the phone"];
  await act(() => result.current.mute("a"));
  expect(result.current.muted).toEqual(["digest", "from the phone", "a"]);
});

it("reads them again after a reset, which is what a change elsewhere brings", async () => {
  const client = new ScriptedClient();
  const { result } = await mounted(client);
  client.muted = [];
  act(() => client.hear({ type: "reset" }));
  await settled();
  expect(result.current.muted).toEqual([]);
});

it("says why they cannot be read, until they can", async () => {
  const client = new ScriptedClient();
  const read = client.rest.preferences;
  client.rest.preferences = () => Promise.reject(refusal);
  const { result } = await mounted(client);
  expect(result.current).toMatchObject({ muted: [], isLoading: false, error: refusal.problem });
  client.rest.preferences = read;
  act(() => result.current.refresh());
  await settled();
  expect(result.current).toMatchObject({ muted: ["digest"], error: null });
});

it("refresh has the lists read where they are still to come, and then reads the preferences", async () => {
  const client = new ScriptedClient();
  client.shown = { ...client.shown, isLoading: true };
  const { result } = await mounted(client);
  client.answer = async () => client.show({ isLoading: false });
  await act(async () => result.current.refresh());
  await settled();
  expect(client.calls.map(([what]) => what)).toEqual(["start", "refresh", "preferences"]);
  expect(result.current).toMatchObject({ muted: ["digest"], isLoading: false });
});

it("shows no user what was fetched for another, and nothing of the application's own SWR settings", async () => {
  const [anna, ben] = [new ScriptedClient(), new ScriptedClient()];
  ben.rest.preferences = () => new Deferred<never>().promise;
  let client = anna;
  const { result, rerender } = renderHook(() => usePreferences(), {
    wrapper: ({ children }) => (
      <SWRConfig value={{ suspense: true, keepPreviousData: true }}>
        <NotificationProvider client={client}>{children}</NotificationProvider>
      </SWRConfig>
    ),
  });
  await settled();
  expect(result.current.muted).toEqual(["digest"]);
  client = ben;
  rerender();
  await settled();
  expect(result.current).toMatchObject({ muted: [], isLoading: true });
});

it("asks nothing before it is known who is there, and shows nothing of whoever was there before", async () => {
  const client = new ScriptedClient();
  client.shown = { ...client.shown, isLoading: true };
  const { result } = await mounted(client);
  expect(client.calls).toEqual([["start"]]);
  expect(result.current).toMatchObject({ muted: [], isLoading: true });
  await act(() => result.current.mute("early"));
  act(() => client.show({ isLoading: false }));
  await settled();
  expect(result.current).toMatchObject({ muted: ["digest", "early"], isLoading: false });

  client.rest.preferences = () => new Deferred<never>().promise;
  act(() => client.show({ isLoading: true }));
  expect(result.current.muted).toEqual([]);
  act(() => client.show({ isLoading: false }));
  await settled();
  expect(result.current).toMatchObject({ muted: [], isLoading: true });
});
