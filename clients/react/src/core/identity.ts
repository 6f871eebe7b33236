/** Whose position a cursor is: the tags of its feeds say it without naming anybody. */
import { segmentsOf, tagOf } from "./cursor";

/**
 * Names a user and what they may see, at one server: tabs share a connection only within it. It is the tags themselves and no hash
 * of them, so that two users can never collide. A cursor that we cannot read names nobody else.
 */
export function scopeOf(cursor: string, baseUrl: string): string {
  const tags = segmentsOf(cursor).map(tagOf).join("");
  return `${tags || cursor}@${baseUrl}`;
}

/** The first segment is the user's own feed; the others come and go with their topics. What we cannot read is the same only whole. */
export function sameUser(one: string, other: string): boolean {
  const own = (cursor: string) => segmentsOf(cursor).map(tagOf)[0] ?? cursor;
  return own(one) === own(other);
}
