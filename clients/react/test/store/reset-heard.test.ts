import { expect, it } from "vitest";
import golden from "../../../../crates/contract/golden/rest-notifications.json";
import { createReplica } from "../../src/core/replica";
import { later } from "../../src/core/store/later";
import type { Action, Heard } from "../../src/core/types";

it("hears a reset each time, though it comes with the cursor that is held", () => {
  const replica = createReplica({ now: () => 0, leads: () => true, later: () => later });
  const heard: Heard[] = [];
  replica.onEvent((one) => heard.push(one));
  const page = { ...golden, hasMore: false, nextCursor: null } as unknown as (Action & { type: "refill" })["page"];
  replica.dispatch({ type: "refill", page, tasks: [], at: 0 });
  const reset: Action = { type: "group", events: [{ type: "reset" }], cursor: golden.streamCursor, live: true, at: 1 };
  replica.dispatch(reset);
  replica.dispatch(reset);
  expect(heard.map(({ event, isNew }) => [event.type, isNew])).toEqual([["reset", false], ["reset", false]]);
});
