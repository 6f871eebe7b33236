"use client";
import { useStatus, useUnreadCount } from "@belfry/react";

/** A component of the application's own, by hooks. */
export function Line() {
  const { status, transport } = useStatus();
  const unread = useUnreadCount();
  return (
    <p id="line" data-status={status} data-transport={transport}>
      {unread} unread
    </p>
  );
}
