/** Whose position a cursor is: the tags of its feeds say it without naming anybody. */
import { tagsOf } from "./cursor";

/**
 * Names a user and what they may see, at one server: tabs share a connection only within it. It is the tags themselves and no hash
 * of them, so that two users can never collide. A cursor that we cannot read names nobody else.
 */
export function scopeOf(cursor: string, baseUrl: string): string {
  return `${tagsOf(cursor).join("") || cursor}@${baseUrl}`;
}

/** The first segment is the user's own feed; the others come and go with their topics. What we cannot read is the same only whole. */
export function sameUser(one: string, other: string): boolean {
  const own = (cursor: string) => tagsOf(cursor)[0] ?? cursor;
  return own(one) === own(other);
}
