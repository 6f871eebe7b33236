import { NotificationProvider } from "@belfry/react";
import { session } from "../session/session";

/** On the server: it knows the user, and gives the provider no function. */
export default async function Layout({ children }: { children: React.ReactNode }) {
  const { user } = await session();
  return <NotificationProvider user={user}>{children}</NotificationProvider>;
}
