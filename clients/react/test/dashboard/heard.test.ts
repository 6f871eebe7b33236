import { expect, it } from "vitest";
import broadcast from "../../../../crates/contract/golden/event-broadcast.json";
import type { BelfryEvent, Heard } from "../../src/core";
import { createReplica } from "../../src/core/replica";
import { later } from "../../src/core/store/later";

it("an event is heard with the cursor behind its group, for the log to show", () => {
  const replica = createReplica({ now: () => 1, leads: () => false, later: () => later });
  const heard: Heard[] = [];
  replica.onEvent((one) => heard.push(one));
  const events = [broadcast as BelfryEvent, { type: "inbox", unreadCount: 1, unseenCount: 1 } as const];
  replica.dispatch({ type: "group", events, cursor: "1.AAAAAAAAx~BBBBBBBBy", live: true, at: 1 });
  expect(heard.map(({ event, cursor }) => [event.type, cursor])).toEqual([
    ["broadcast", "1.AAAAAAAAx~BBBBBBBBy"],
    ["inbox", "1.AAAAAAAAx~BBBBBBBBy"],
  ]);
});
