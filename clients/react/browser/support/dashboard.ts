/** The dashboard as its users find it: by roles and names alone. */
import type { BrowserContext, Locator, Page } from "playwright-core";
import { PATIENCE_MS } from "./stage";

export type Language = "en" | "ar";
export const VIEWS = ["inbox", "tasks", "preferences", "send", "events"] as const;
export type View = (typeof VIEWS)[number];

/** Opens the door. */
export async function openDashboard(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS / 2);
  await page.goto(url);
  return page;
}

/** Goes in as one of the users that development offers, and waits until news comes. */
export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^\\S*\\s*${user}`) }).click();
  await page.locator(".pill-live").waitFor();
}

export async function go(page: Page, view: View): Promise<void> {
  await page.evaluate(hash => void (location.hash = hash), `#/${view}`);
  await page.locator(`.nav-item[href="#/${view}"][aria-current="page"]`).waitFor();
}

/** As the switches in the head of the page do, which have a test of their own. */
export async function appear(page: Page, theme: "light" | "dark", language: Language): Promise<void> {
  await page.evaluate(kept => localStorage.setItem("belfry.dashboard", kept), JSON.stringify({ theme, language }));
  await page.reload();
  await page.locator(`html[lang="${language}"]`).waitFor();
}

export function rows(page: Page): Locator {
  return page.locator("main .belfry-row");
}
