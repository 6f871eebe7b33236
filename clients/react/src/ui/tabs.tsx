import { useRef, type KeyboardEvent, type ReactNode } from "react";
import { useLocale } from "./locale";

export interface TabItem<T extends string> {
  id: T;
  label: string;
  note?: ReactNode;
}

/** A WAI-ARIA tab list: one stop for Tab, arrow keys choose, in the direction of reading. */
export function TabList<T extends string>({ tabs, chosen, onChoose, label, name }: {
  tabs: TabItem<T>[];
  chosen: T;
  onChoose: (id: T) => void;
  label: string;
  /** Begins the ids of tabs and panel: `${name}-tab-${id}` and `${name}-panel`. */
  name: string;
}) {
  const { locale } = useLocale();
  const buttons = useRef(new Map<T, HTMLButtonElement>());
  const keys = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === chosen);
    const forward = locale.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = locale.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const places: Record<string, number> = { [forward]: at + 1, [back]: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    const place = places[event.key];
    const next = place === undefined ? undefined : tabs[place % tabs.length];
    if (!next) return;
    event.preventDefault();
    onChoose(next.id);
    buttons.current.get(next.id)?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className="belfry-tabs" onKeyDown={keys}>
      {tabs.map(({ id, label: text, note }) => (
        <button
          key={id}
          ref={(element) => {
            if (element) buttons.current.set(id, element);
            else buttons.current.delete(id);
          }}
          type="button"
          role="tab"
          id={`${name}-tab-${id}`}
          aria-selected={id === chosen}
          aria-controls={`${name}-panel`}
          tabIndex={id === chosen ? 0 : -1}
          className="belfry-tab"
          onClick={() => onChoose(id)}
        >
          {text}
          {note}
        </button>
      ))}
    </div>
  );
}
