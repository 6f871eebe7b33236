import { store, useStore } from "./store";
import { ar } from "./texts/ar";
import { en, type Texts } from "./texts/en";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "ar";
export interface Settings {
  theme: Theme;
  language: Language;
}

const KEPT_AT = "belfry.dashboard";
const TEXTS: Record<Language, Texts> = { en, ar };
const settings = store<Settings>({ theme: "system", language: "en" });

/** Reads what this browser was told earlier. Storage may be forbidden; then the defaults hold. */
export function restoreSettings(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AT) ?? "{}") as Partial<Settings>;
    settings.set({ theme: kept.theme ?? "system", language: kept.language === "ar" ? "ar" : "en" });
  } catch {
    // As if nothing had been kept.
  }
  apply(settings.get());
}

export function changeSettings(change: Partial<Settings>): void {
  const next = { ...settings.get(), ...change };
  settings.set(next);
  apply(next);
  try {
    localStorage.setItem(KEPT_AT, JSON.stringify(next));
  } catch {
    // It holds until the page closes.
  }
}

export const useSettings = (): Settings => useStore(settings);
export const useTexts = (): Texts => TEXTS[useSettings().language];

function apply({ theme, language }: Settings): void {
  const root = document.documentElement;
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
  if (theme === "system") delete root.dataset.belfryTheme;
  else root.dataset.belfryTheme = theme;
}
