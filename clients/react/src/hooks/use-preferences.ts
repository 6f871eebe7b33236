import { useMemo, useState } from "react";
import type { Preferences as Stored } from "../contract";
import type { BelfryError, Client } from "../core/types";
import { actionsOf, quiet } from "./actions";
import { useClient } from "./context";
import { problemOf } from "../core/problem";
import { useFetched } from "./fetched";
import { ownOf } from "./hold";

/** What the user wants to be told. Promises are as those of the other actions: nobody has to catch them. */
export interface Preferences {
  /** Categories of which nothing is stored, shown or counted. */
  muted: string[];
  isLoading: boolean;
  /** Why they could not be read, or why the last change was refused and taken back. */
  error: BelfryError | null;
  mute(category: string): Promise<void>;
  unmute(category: string): Promise<void>;
  setMuted(categories: string[]): Promise<void>;
  /** Reads them anew: after an error. Where the lists are still to come, which tell who is there, it has these read. */
  refresh(): void;
}

type Change = (muted: string[]) => string[];
const NONE: string[] = [];

/** Muted categories. A change shows at once, and is taken back where the server refuses it. */
export function usePreferences(): Preferences {
  const client = useClient("usePreferences()");
  const [refused, setRefused] = useState<BelfryError | null>(null);
  const fetched = useFetched(client, "preferences", (signal) => client.rest.preferences(signal));
  const { data, isLoading, mutate } = fetched;

  const actions = useMemo(() => {
    // SWR drops what is done to a key that is not asked for yet.
    const isKnown = () => !client.snapshot().isLoading;
    const change = (to: Change) => {
      setRefused(null);
      const shown = (_: unknown, now?: Stored) => ({ muted: to(now?.muted ?? NONE) });
      const save = () => inTurn(client, to);
      const saved = isKnown() ? mutate(save, { optimisticData: shown, rollbackOnError: true, revalidate: false }) : save();
      return quiet(saved.then(
        () => undefined,
        (failure: unknown) => {
          setRefused(problemOf(failure));
          throw failure;
        },
      ));
    };
    return {
      mute: (category: string) => change((muted) => [...new Set([...muted, category])]),
      unmute: (category: string) => change((muted) => muted.filter((other) => other !== category)),
      setMuted: (categories: string[]) => change(() => categories),
      refresh: () => {
        setRefused(null);
        if (isKnown()) void mutate();
        else actionsOf(client).refresh();
      },
    };
  }, [client, mutate]);

  const error = refused ?? fetched.error;
  return useMemo(() => ({ muted: data?.muted ?? NONE, isLoading, error, ...actions }), [data, isLoading, error, actions]);
}

/** One after the other, each upon what the server has by then: two quick changes, or another device's, do not undo each other. */
function inTurn(client: Client, to: Change): Promise<Stored> {
  const own = ownOf(client);
  const { signal } = own.requests;
  const save = async () => client.rest.setPreferences(to((await client.rest.preferences(signal)).muted), signal);
  const mine = (own.turn ?? Promise.resolve()).then(save, save);
  own.turn = mine;
  return mine;
}
