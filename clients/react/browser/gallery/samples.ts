/** What the gallery shows: made here, so that it is the same each time. */
import type { BelfryNotification, Task } from "../../src/contract";

const MINUTE_MS = 60_000;

export function sample(part: Partial<BelfryNotification> & { id: string }, minutesAgo = 0, now = Date.now()): BelfryNotification {
  const createdAt = new Date(now - minutesAgo * MINUTE_MS).toISOString();
  const whole: BelfryNotification = {
    userId: "anna",
    title: part.id,
    message: "",
    type: "info",
    read: true,
    archived: false,
    createdAt,
    expiresAt: new Date(now + 90 * 24 * 60 * MINUTE_MS).toISOString(),
    born: 1,
    audience: "user",
    ...part,
  };
  return whole.read ? whole : { unreadSince: { feed: "user", n: whole.born }, ...whole };
}

export function inbox(now = Date.now()): BelfryNotification[] {
  const make = (part: Partial<BelfryNotification> & { id: string }, minutesAgo: number) => sample(part, minutesAgo, now);
  return [
    make({ id: "deploy", type: "success", read: false, title: "Deployed web to production", message: "Version 4.12.0 is live in eu-west-1 and us-east-1. It took 3 minutes.", category: "deployments", actions: [{ label: "Open release", url: "/releases/4.12.0" }, { label: "Changes", url: "https://example.com/compare" }] }, 0.2),
    make({ id: "build", type: "error", read: false, title: "Build 7 failed", message: "Two tests of the parser.\nSee the log.", category: "builds", actions: [{ label: "View log", url: "/builds/7/log" }] }, 6),
    make({ id: "quota", type: "warning", read: false, title: "Storage is at 91 % of its quota", message: "At the present rate it is full on Thursday.", category: "billing", actions: [{ label: "Upgrade", url: "/billing" }] }, 48),
    make({ id: "mention", title: "Maya mentioned you in “Pricing page copy”", message: "“@anna could you check whether the annual discount is still 20 %? Marketing has it as 15 % in the deck.”", category: "comments" }, 130),
    make({ id: "maintenance", title: "Maintenance at six", message: "The API is read-only for about ten minutes.", audience: "everyone" }, 60 * 9),
    make({ id: "report", type: "success", title: "Your export is ready", message: "customers-2026-11.csv, 48,210 rows.", category: "exports", actions: [{ label: "Download", url: "/exports/9" }] }, 60 * 27),
    make({ id: "long", title: "A long one: what happened while the importer was paused, and what was done about it by whom in which order, told in a title of nearly two hundred characters, which is the most that it may have", message: Array.from({ length: 14 }, (_, line) => `${line + 1}. The importer took batch ${line + 40} again, and found it unchanged.`).join("\n"), category: "imports" }, 60 * 50),
    make({ id: "rtl", title: "مرحبًا بك في الفريق", message: "تمت إضافتك إلى مشروع الواجهة الأمامية.", category: "people" }, 60 * 75),
    make({ id: "override", type: "warning", title: "Invoice \u202Efdp.exe attached", message: "The mark that turns text round ends with this title.", category: "security" }, 60 * 100),
    make({ id: "emoji", title: "Shipped 👩‍👩‍👧‍👦🇩🇪🎉", message: "<b>Text</b> is text & <script>alert(1)</script> is text too.", actions: [{ label: "Never a link", url: "javascript:alert(1)" }] }, 60 * 24 * 12),
    make({ id: "old", title: "Welcome to Belfry", message: "", archived: true }, 60 * 24 * 40),
    make({ id: "older", type: "success", title: "Your account is ready", message: "Sign in with your work address.", archived: true, category: "people" }, 60 * 24 * 400),
  ];
}

/** Rows of every height, the newest first. */
export function many(count: number, now = Date.now()): BelfryNotification[] {
  const types = ["info", "success", "warning", "error"] as const;
  return Array.from({ length: count }, (_, row) =>
    sample(
      {
        id: `n${count - row}`,
        title: `Notification ${count - row}`,
        message: "It says a little more here. ".repeat(row % 5),
        type: types[row % 4] ?? "info",
        read: row % 3 !== 0,
        category: ["builds", "deployments", "comments"][row % 3],
        ...(row % 7 === 0 && { actions: [{ label: "Open", url: `/n/${row}` }] }),
      },
      row * 3,
      now,
    ),
  );
}

export function tasks(now = Date.now()): Task[] {
  const make = (part: Partial<Task> & Pick<Task, "id" | "name" | "status">, minutesAgo: number): Task => {
    const updatedAt = new Date(now - minutesAgo * MINUTE_MS).toISOString();
    return { userId: "anna", createdAt: updatedAt, updatedAt, ...part };
  };
  return [
    make({ id: "export", name: "Export customers", status: "running", progress: 62 }, 0),
    make({ id: "index", name: "Rebuild search index", status: "running" }, 1),
    make({ id: "invoice", name: "November invoices", status: "queued" }, 2),
    make({ id: "import", name: "Import contacts.csv", status: "failed", error: "Line 4,182: the address has no @." }, 20),
    make({ id: "thumbs", name: "Make thumbnails", status: "completed", progress: 100 }, 60 * 3),
    make({ id: "sync", name: "Sync calendar", status: "cancelled", progress: 40 }, 60 * 30),
  ];
}
