import { NotificationProvider } from "@belfry/react";
import { useState } from "react";
import { Dashboard } from "./dashboard";
import { signIn, signOut, USERS } from "./sign-in";

/** Who is signed in decides whether there is a provider: signed out, nothing is connected. */
export function App() {
  const [user, setUser] = useState<string | null>(null);
  if (user === null) {
    return (
      <main className="door">
        <h1>Who are you?</h1>
        {USERS.map((name) => (
          <button key={name} type="button" onClick={() => void signIn(name).then(() => setUser(name))}>
            {name}
          </button>
        ))}
      </main>
    );
  }
  return (
    <NotificationProvider user={user}>
      <Dashboard user={user} onLeave={() => void signOut().then(() => setUser(null))} />
    </NotificationProvider>
  );
}
