/** Every text that a component shows. A locale that forgets one does not compile. */
import type { BelfryNotification, Task } from "../contract";

/** One text for each plural form of the language; `{n}` is the number. `other` is what every language has. */
export type PluralForms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

/** Title and hint of a view that has nothing to show. */
export interface EmptyText {
  title: string;
  hint: string;
}

/** What a language has to say. `{n}` and `{name}` are filled in. */
export interface Texts {
  notifications: string;
  /** Of the bell, when something is unread. */
  bellUnread: PluralForms;
  close: string;
  all: string;
  unread: string;
  archived: string;
  category: string;
  allCategories: string;
  markAllRead: string;
  markRead: string;
  markUnread: string;
  archive: string;
  restore: string;
  remove: string;
  showMore: string;
  showLess: string;
  actions: string;
  emptyAll: EmptyText;
  emptyUnread: EmptyText;
  emptyArchived: EmptyText;
  emptyCategory: EmptyText;
  loading: string;
  loadingMore: string;
  listFailed: string;
  retry: string;
  changeRefused: string;
  dismiss: string;
  network: string;
  paused: string;
  pausedHint: string;
  everySeconds: PluralForms;
  signedOut: string;
  signedOutHint: string;
  arrived: PluralForms;
  toasts: string;
  moreToasts: PluralForms;
  clearToasts: string;
  justNow: string;
  severity: Record<BelfryNotification["type"], string>;
  tasks: string;
  emptyTasks: EmptyText;
  tasksFailed: string;
  taskStatus: Record<Task["status"], string>;
  preferences: string;
  preferencesHint: string;
  preferencesFailed: string;
  emptyPreferences: EmptyText;
  receive: string;
}

/** A language as components need it. Copy one and change `texts` to say things your way. */
export interface Locale {
  /** BCP 47, such as `en` or `ar-EG`: rules numbers, plurals and dates. */
  code: string;
  dir: "ltr" | "rtl";
  texts: Texts;
}
