/** Shows the part of a list that is on screen, and keeps still what the reader looks at while the list changes around it. */
import { useCallback, useMemo, useReducer, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";
import { at, offsetsOf, rangeOf, rowAt, survivor, topToShow, type Offsets, type Range } from "./windowing";

const OVERSCAN_ROWS = 4;
/** Until the browser has laid the list out; also what a server renders. */
const FIRST_GUESS_PX = 640;

export interface Windowed {
  range: Range;
  offsets: Offsets;
  /** Give it to a row's element, to have it measured. */
  rowRef(id: string, element: HTMLElement | null): void;
  /** Brings a row into sight. */
  show(index: number): void;
}

/** Whoever scrolls that is not us: the reader, or the application. */
export type Scrolled = () => void;

/** `index` answers where an id stands in `ids`. The scroller must be positioned, and its first child the list. */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  ids: readonly string[],
  index: ReadonlyMap<string, number>,
  onScrolled: Scrolled,
): Windowed {
  const heights = useRef(new Map<string, number>()).current;
  const rows = useRef(new Map<string, HTMLElement>()).current;
  const observer = useRef<ResizeObserver | null>(null);
  const [measured, remeasured] = useReducer((count: number) => count + 1, 0);
  const [view, setView] = useState({ top: 0, height: FIRST_GUESS_PX });

  // `measured` stands for the heights, which change in place.
  const offsets = useMemo(() => offsetsOf(ids, heights), [ids, heights, measured]);
  const range = useMemo(() => rangeOf(offsets, view.top, view.height, OVERSCAN_ROWS), [offsets, view]);

  /** The first row in sight and how much of it is scrolled away, as the reader last saw it. */
  const anchor = useRef({ ids, index: 0, hidden: 0 });
  const latest = useRef({ ids, offsets });
  const drawn = useRef(view);
  /** Where we last scrolled to. */
  const ours = useRef(0);
  const scrollTo = useCallback((element: HTMLElement, top: number) => {
    if (Math.abs(element.scrollTop - top) < 1) return;
    element.scrollTop = top;
    ours.current = element.scrollTop;
  }, []);

  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const { ids: now, offsets: places } = latest.current;
    const top = element.scrollTop;
    const first = rowAt(places, top);
    anchor.current = { ids: now, index: first, hidden: top - at(places, first) };
    const height = element.clientHeight || FIRST_GUESS_PX;
    const before = rangeOf(places, drawn.current.top, drawn.current.height, 0);
    const after = rangeOf(places, top, height, 0);
    if (before.start === after.start && before.end === after.end) return;
    drawn.current = { top, height };
    setView(drawn.current);
  }, [scroller]);

  const measure = useCallback(
    (id: string, height: number) => {
      if (height <= 0 || heights.get(id) === height) return false;
      heights.set(id, height);
      return true;
    },
    [heights],
  );

  useIsomorphicLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const scrolled = () => {
      if (Math.abs(element.scrollTop - ours.current) > 1) onScrolled();
      ours.current = element.scrollTop;
      // Before the frame is painted, so that a flick never shows an empty list.
      flushSync(look);
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    let width = element.clientWidth;
    const watch = typeof ResizeObserver === "function" ? new ResizeObserver((entries) => {
      let changed = false;
      if (element.clientWidth !== width) {
        // Texts break anew, so no height that we know holds.
        width = element.clientWidth;
        heights.clear();
        changed = true;
      }
      for (const { target } of entries) {
        const id = (target as HTMLElement).dataset.id;
        if (id !== undefined) changed = measure(id, (target as HTMLElement).offsetHeight) || changed;
      }
      if (changed) {
        for (const [id, row] of rows) measure(id, row.offsetHeight);
        remeasured();
      }
      look();
    }) : null;
    observer.current = watch;
    watch?.observe(element);
    for (const row of rows.values()) watch?.observe(row);
    look();
    return () => {
      element.removeEventListener("scroll", scrolled);
      watch?.disconnect();
      observer.current = null;
    };
  }, [scroller, look, measure, heights, rows, onScrolled]);

  // New rows are measured before they are painted; those that were measured are left to the observer.
  useIsomorphicLayoutEffect(() => {
    let changed = false;
    for (const [id, row] of rows) if (!heights.has(id)) changed = measure(id, row.offsetHeight) || changed;
    if (changed) remeasured();
  });

  useIsomorphicLayoutEffect(() => {
    latest.current = { ids, offsets };
    const element = scroller.current;
    if (!element) return;
    const { ids: before, index: was, hidden } = anchor.current;
    const held = survivor(before, was, (id) => index.has(id));
    const place = held === null ? undefined : index.get(held);
    // At the very top the reader waits for news: what arrives is shown, not scrolled away.
    if (place !== undefined && element.scrollTop > 0) {
      scrollTo(element, at(offsets, place) + (held === before[was] ? hidden : 0));
    }
    look();
  }, [ids, index, offsets, scroller, look, scrollTo]);

  const rowRef = useCallback(
    (id: string, row: HTMLElement | null) => {
      const old = rows.get(id);
      if (old && old !== row) observer.current?.unobserve(old);
      if (row) {
        rows.set(id, row);
        observer.current?.observe(row);
      } else {
        rows.delete(id);
      }
    },
    [rows],
  );

  const show = useCallback(
    (row: number) => {
      const element = scroller.current;
      if (!element) return;
      const { offsets: places } = latest.current;
      scrollTo(element, topToShow(places, row, element.scrollTop, element.clientHeight || FIRST_GUESS_PX));
      look();
    },
    [scroller, look, scrollTo],
  );

  return { range, offsets, rowRef, show };
}
