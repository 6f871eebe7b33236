/** The sign-in that `belfry serve` offers for development. Yours takes its place, and sets the same cookie or hands out a token. */
export const USERS = ["anna", "ben", "admin"];

export const signIn = (user: string) =>
  fetch("/dev/signin", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ user }) });

export const signOut = () => fetch("/dev/signin", { method: "DELETE" });
