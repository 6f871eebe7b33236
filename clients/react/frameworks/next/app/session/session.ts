import { cookies } from "next/headers";

/** Who is signed in: the development sign-in of `belfry serve` says it here; an application asks its own. */
export async function session(): Promise<{ user: string }> {
  const answer = await fetch(`${process.env.BELFRY_URL}/dev/signin`, { headers: { cookie: (await cookies()).toString() } });
  return answer.json();
}
