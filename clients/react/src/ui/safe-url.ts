/**
 * Which links of a notification may be followed: `http:`, `https:`, `mailto:` and paths of the page's own origin.
 * The server refuses others too; here nothing depends on that.
 */

// Browsers drop tabs and line ends inside an address, trim control characters around it, and read `\` as `/`.
const DISGUISE = /[\u0000-\u001f\u007f-\u009f\\]|^\s|\s$/;
const ABSOLUTE = /^https?:\/\/[^/?#]/i;
const MAIL = /^mailto:[^/]/i;
const HOME = "https://home.invalid";

/** The address as it was given, or null where it must not become a link. */
export function safeUrl(url: string): string | null {
  if (DISGUISE.test(url)) return null;
  if (ABSOLUTE.test(url)) return parsesTo(url, ["http:", "https:"]) ? url : null;
  if (MAIL.test(url)) return parsesTo(url, ["mailto:"]) ? url : null;
  return url.startsWith("/") && !url.startsWith("//") && staysHome(url) ? url : null;
}

/** Whether a safe address leaves the page's origin, so that it must not get a handle on our window. */
export function isExternal(safe: string): boolean {
  return ABSOLUTE.test(safe);
}

function parsesTo(url: string, schemes: string[]): boolean {
  const parsed = parse(url);
  return parsed !== null && schemes.includes(parsed.protocol);
}
function staysHome(path: string): boolean {
  return parse(path)?.origin === HOME;
}
function parse(url: string): URL | null {
  try {
    return new URL(url, HOME);
  } catch {
    return null;
  }
}
