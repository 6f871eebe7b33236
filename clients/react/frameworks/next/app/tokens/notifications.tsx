"use client";
import { NotificationProvider } from "@belfry/react";

export function Notifications({ user, children }: { user: string; children: React.ReactNode }) {
  return (
    <NotificationProvider user={user} baseUrl={process.env.NEXT_PUBLIC_BELFRY} getToken={getToken}>
      {children}
    </NotificationProvider>
  );
}

async function getToken({ refresh }: { refresh: boolean }) {
  const answer = await fetch("/session/belfry-token", { cache: refresh ? "reload" : "default" });
  return answer.ok ? (await answer.json()).token : null;
}
