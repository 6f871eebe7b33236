import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isExternal, safeUrl } from "../../src/ui/safe-url";

const PAGE = "https://dashboard.example/inbox/";

describe("case 68: only safe links are links", () => {
  it.each([
    "https://example.com",
    "HTTPS://example.com/a?b=c#d",
    "http://localhost:3000/x",
    "mailto:anna@example.com",
    "/builds/7/log",
    "/",
    "/a b?c=d",
    "/pfad/größe",
  ])("follows %j", (url) => expect(safeUrl(url)).toBe(url));

  it.each([
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "\u0001javascript:alert(1)",
    "javascript&colon;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://example.com/1",
    "file:///etc/passwd",
    "about:blank",
    "//other.host",
    "///other.host",
    "/\\other.host",
    "\\\\other",
    "/\t/other.host",
    "/\n/other.host",
    "https:other.host",
    "https:/other.host",
    "https://",
    "http://[",
    "https://example.com\\@evil.example",
    "builds/7",
    "#here",
    "?q",
    "",
    " ",
    " /path",
    "/path\u0000",
    "mailto:",
  ])("refuses %j", (url) => expect(safeUrl(url)).toBeNull());

  it("C51 whatever is let through leads to http, https, mailto or the page's own origin", () => {
    const spice = fc.constantFrom("javascript:", "data:", "https://", "http:", "mailto:", "//", "/", "\\", "\t", "\n", "\u0000", " ", ":", "@", "a", "J", "ſ", "&#x3a;", "%2f", "..", "?", "#");
    const spiced = fc.array(fc.oneof(spice, fc.string({ maxLength: 4 })), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(spiced, fc.string(), fc.webUrl()), (url) => {
        const safe = safeUrl(url);
        if (safe === null) return;
        expect(safe).toBe(url);
        const parsed = new URL(safe, PAGE);
        expect(["http:", "https:", "mailto:"]).toContain(parsed.protocol);
        if (!isExternal(safe) && parsed.protocol !== "mailto:") expect(parsed.origin).toBe(new URL(PAGE).origin);
      }),
      { numRuns: 3000 },
    );
  });

  it("knows what leaves the page", () => {
    expect(isExternal("https://example.com")).toBe(true);
    expect(isExternal("/path")).toBe(false);
    expect(isExternal("mailto:a@b.example")).toBe(false);
  });
});
