import { describe, expect, it } from "vitest";
import notify from "../../../../crates/contract/golden/sns-notification.json";
import { BLANK, type Draft, expiryOf, previewOf, requestOf, tried } from "../../dashboard/src/send/draft";
import { sentOf, withdrawalPaths } from "../../dashboard/src/send/sent";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const draft = (part: Partial<Draft>): Draft => ({ ...BLANK, title: "Hello", ...part });

describe("what the form sends", () => {
  it("says nothing of what was left empty", () => {
    expect(requestOf(draft({ users: " anna " }), NOW)).toEqual({
      path: "/api/notifications",
      body: { userId: "anna", type: "info", title: "Hello" },
    });
  });

  it("names several users, everyone or a topic", () => {
    expect(requestOf(draft({ users: "anna, ben ,, " }), NOW).body).toMatchObject({ userIds: ["anna", "ben"] });
    const everyone = requestOf(draft({ reach: "everyone" }), NOW);
    expect(everyone.path).toBe("/api/notifications/broadcast");
    expect(Object.keys(everyone.body)).toEqual(["type", "title"]);
    expect(requestOf(draft({ reach: "topic", topic: "builds" }), NOW).body).toMatchObject({ audience: "builds" });
  });

  it("has the fields of the contract's own example", () => {
    const { title, message, severity, category, key, actions, userId } = notify as unknown as Record<string, never>;
    const { body } = requestOf(draft({ users: userId, title, message, severity, category, key, actions }), NOW);
    expect(body).toEqual({ userId, title, message, type: severity, category, key, actions });
  });

  it("leaves wrong fields to the server, so that its words are shown", () => {
    expect(requestOf(draft({ users: "", title: "" }), NOW).body).toEqual({ userId: "", type: "info", title: "" });
  });

  it.each([
    ["never", "", null],
    ["minute", "", "2026-11-30T12:01:00.000Z"],
    ["hour", "", "2026-11-30T13:00:00.000Z"],
    ["day", "", "2026-12-01T12:00:00.000Z"],
    ["at", "", null],
    ["at", "2026-12-24T18:30", new Date("2026-12-24T18:30").toISOString()],
    // A browser without `datetime-local` lets anything be typed.
    ["at", "tomorrow", "tomorrow"],
  ] as const)("goes away %s %s", (expiry, at, wanted) => {
    expect(expiryOf({ expiry, at }, NOW)).toBe(wanted);
  });
});

it("says the same time to live at each try", () => {
  const first = tried({ key: "k", at: null }, NOW);
  const again = tried(first, NOW + 5_000);
  expect(requestOf(draft({ expiry: "minute" }), again.at)).toEqual(requestOf(draft({ expiry: "minute" }), first.at));
});

describe("the preview", () => {
  it("is the notification as its reader will have it", () => {
    const shown = previewOf(draft({ title: "", message: "Why", category: "builds", actions: [{ label: "", url: "" }] }), "Untitled", NOW);
    expect(shown).toMatchObject({ title: "Untitled", message: "Why", category: "builds", actions: [], read: false, audience: "user" });
  });
});

describe("taking back", () => {
  it("asks once for each who got it", () => {
    const sent = sentOf("id/1", draft({ users: "anna, ben&co" }), NOW);
    expect(withdrawalPaths(sent)).toEqual([
      "/api/notifications/sent/id%2F1?by=id&userId=anna",
      "/api/notifications/sent/id%2F1?by=id&userId=ben%26co",
    ]);
    expect(withdrawalPaths(sentOf("x", draft({ reach: "everyone" }), NOW))).toEqual(["/api/notifications/sent/x?by=id&audience=everyone"]);
  });
});
