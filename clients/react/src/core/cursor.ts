/**
 * What a client may know of a cursor: `1.` and segments joined by `~`, one a feed, the user's own first. A segment's first eight
 * characters name the feed in its present life; the rest is the server's business.
 */
export const HEAD = "1.";
const TAG_CHARS = 8;

/** The segments of a cursor; none where it is not of the form that we know. */
export function segmentsOf(cursor: string): string[] {
  return cursor.startsWith(HEAD) ? cursor.slice(HEAD.length).split("~") : [];
}

/** Which feeds a cursor is of, and in which of their lives. */
export const tagsOf = (cursor: string): string[] => segmentsOf(cursor).map(tagOf);

/** Which feed a segment is of, and in which of its lives. */
export function tagOf(segment: string): string {
  return segment.slice(0, TAG_CHARS);
}
