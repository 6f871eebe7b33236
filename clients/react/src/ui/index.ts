/** `@belfry/react/ui`: the components. Their looks are in `@belfry/react/ui/styles.css`, which the application imports. */
export { NotificationBell, type NotificationBellProps } from "./bell";
export { Inbox, type InboxProps, type InboxTab } from "./inbox";
export { TaskList, type TaskListProps } from "./task-list";
export { Toasts, type ToastsProps } from "./toasts";
export { Preferences, type CategoryInfo, type PreferencesProps } from "./preferences";
export { LiveBanner } from "./live-banner";
export { NotificationContent, type NotificationContentProps, type RowActions } from "./row";
export { LocaleProvider, Root, useLocale } from "./locale";
export type { Format } from "./format";
export type { Toast } from "./toast-queue";
export type { EmptyText, Locale, PluralForms, Texts } from "./texts";
export { en } from "./locales/en";
export { ar } from "./locales/ar";
export { clip } from "./text";
export { isExternal, safeUrl } from "./safe-url";
