/** Cutting text where people see a border: between graphemes, never within an emoji, a flag or an accented letter. */

/**
 * At most `max` graphemes of `text`; what was cut off is shown by "…", which counts as one of them.
 * Text that is well formed stays well formed: no half of a surrogate pair is left over.
 */
export function clip(text: string, max: number): string {
  if (max < 1) return "";
  // A grapheme has at least one code unit, so a text this short cannot be too long.
  if (text.length <= max) return text;
  let count = 0;
  let cut = 0;
  for (const end of graphemeEnds(text)) {
    count += 1;
    if (count === max - 1) cut = end;
    if (count > max) return `${text.slice(0, cut)}…`;
  }
  return text;
}

/** Made once, since it is dear. */
let segmenter: Intl.Segmenter | undefined;

/** Lazily, so that a message of 4,000 characters is not walked to its end for a label of 60. */
function* graphemeEnds(text: string): Generator<number> {
  if (typeof Intl.Segmenter === "function") {
    for (const { index, segment } of (segmenter ??= new Intl.Segmenter()).segment(text)) yield index + segment.length;
    return;
  }
  let end = 0;
  for (const point of text) yield (end += point.length);
}

/** Whether a message deserves a "Show more": it would fill more than some three lines. */
export function isLong(message: string): boolean {
  return message.length > 220 || (message.match(/\n/g)?.length ?? 0) > 2;
}
