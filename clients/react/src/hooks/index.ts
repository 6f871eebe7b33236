export { useClient } from "./context";
export { useNotificationSystem, type NotificationSystem } from "./use-notification-system";
export { useNotifications, type Notifications } from "./use-notifications";
export { useTask, useTasks, type OneTask, type Tasks } from "./use-tasks";
export { usePreferences, type Preferences } from "./use-preferences";
export { useBelfryEvent, useStatus, useUnreadCount, type ConnectionStatus } from "./use-parts";
export type { Actions } from "./actions";
