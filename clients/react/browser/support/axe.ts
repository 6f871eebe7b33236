/** What axe finds wrong with a page, as lines to read. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

interface Finding {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}
type Axe = { run(on: Document): Promise<{ violations: Finding[] }> };

let source: Promise<string> | undefined;

/** Goes in by the debugger, since the page's own policy lets no foreign script run. */
export async function violations(page: Page): Promise<string[]> {
  source ??= readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await source);
  const found = await page.evaluate(async () => (await (window as unknown as { axe: Axe }).axe.run(document)).violations);
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ""}`));
}
