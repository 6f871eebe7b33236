import { Segmented } from "./parts";
import { changeSettings, useSettings, useTexts } from "./settings";

export function Appearance({ hideTexts = false }: { hideTexts?: boolean }) {
  const texts = useTexts();
  const { theme } = useSettings();
  return (
    <Segmented
      label={texts.shell.theme}
      value={theme}
      options={["system", "light", "dark"] as const}
      text={(each) => texts.shell.themes[each]}
      icon={(each) => each}
      hideTexts={hideTexts}
      onChange={(next) => changeSettings({ theme: next })}
    />
  );
}

export function LanguageSwitch() {
  const texts = useTexts();
  const { language } = useSettings();
  const other = language === "en" ? "ar" : "en";
  return (
    <button type="button" className="icon-button language" onClick={() => changeSettings({ language: other })} title={texts.shell.language}>
      <span className="hidden">{texts.shell.language}: </span>
      <span lang={other}>{other === "ar" ? "ع" : "En"}</span>
    </button>
  );
}

export function Languages() {
  const texts = useTexts();
  const { language } = useSettings();
  return (
    <Segmented
      label={texts.shell.language}
      value={language}
      options={["en", "ar"] as const}
      text={(each) => ({ en: "English", ar: "العربية" })[each]}
      onChange={(next) => changeSettings({ language: next })}
    />
  );
}
