/** Tokens as an application's own sign-in would make them, of HS256 and the server's development secret. */
import { createHmac } from "node:crypto";

export interface Claims {
  /** Seconds from now until it expires; negative for one that has. */
  livesS?: number;
  admin?: boolean;
  topics?: string[];
}

export function mint(secret: string, user: string, { livesS = 3_600, admin = false, topics = [] }: Claims): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { sub: user, iat: Math.min(now, now + livesS) - 1, exp: now + livesS, roles: admin ? ["admin"] : [], topics };
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
