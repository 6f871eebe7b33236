/**
 * What a token says of its owner, for the page to show. Nothing is verified here: the server does that with every request.
 * A rule of the server's own may make others administrators, so "no" is only "not that we know".
 */
export function claimsOf(token: string): { user: string | null; admin: boolean | null } {
  try {
    const body = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const roles = [claims.roles, claims["cognito:groups"]].flat();
    return { user: typeof claims.sub === "string" ? claims.sub : null, admin: roles.includes("admin") ? true : null };
  } catch {
    return { user: null, admin: null };
  }
}
