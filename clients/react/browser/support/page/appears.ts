/** Notes when a notification is first to be seen, by what a user sees: the page's own elements. */
import type { Appeared } from "./options";

const ROWS = ".belfry-row";
const TOASTS = ".belfry-toast";
const BADGE = ".belfry-badge";

export function appears(title: string): Promise<Appeared> {
  const before = badge();
  return new Promise(resolve => {
    const found: Partial<Appeared> = {};
    const look = (): void => {
      if (holds(ROWS, title)) found.row ??= Date.now();
      if (holds(TOASTS, title)) found.toast ??= Date.now();
      if (badge() !== before) found.badge ??= Date.now();
      const { row, toast, badge: shown } = found;
      if (row === undefined || toast === undefined || shown === undefined) return;
      watcher.disconnect();
      resolve({ row, toast, badge: shown });
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
}

function badge(): string {
  return document.querySelector(BADGE)?.textContent ?? "";
}

function holds(selector: string, title: string): boolean {
  return [...document.querySelectorAll(selector)].some(element => element.textContent?.includes(title) === true);
}
