/** A page without a pointer: what Tab reaches, by the name that a screen reader says. */
import type { Page } from "playwright-core";

/** More than any of our pages has stops. */
const STOPS_MAX = 90;

/** The name of what has the focus; empty where nothing has. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: at, body } = document;
    if (at === null || at === body) return "";
    const label = "labels" in at ? (at.labels as NodeListOf<HTMLLabelElement> | null)?.[0] : undefined;
    return (at.getAttribute("aria-label") ?? label?.textContent ?? at.textContent ?? "").trim();
  });
}

/** Presses Tab until the focus stands on what is called so, within what this selector finds. @throws where it never does. */
export async function tabTo(page: Page, name: RegExp, within = "body"): Promise<void> {
  for (let stops = 0; stops < STOPS_MAX; stops += 1) {
    const inside = await page.evaluate(selector => document.activeElement?.closest(selector) != null, within);
    if (inside && name.test(await focused(page))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${name} in ${within}`);
}

/** Goes there by Tab, and presses this. */
export async function press(page: Page, name: RegExp, within?: string, key = "Enter"): Promise<void> {
  await tabTo(page, name, within);
  await page.keyboard.press(key);
}
