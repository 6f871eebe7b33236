/** Shows the part of a list that is on screen, and keeps still what the reader looks at while the list changes around it. */
import { useCallback, useEffect, useMemo, useReducer, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";
import { at, NO_ROWS, offsetsOf, rangeOf, rowAt, ROW_ESTIMATE_PX, sizedOf, survivor, topToShow, type Offsets, type Places, type Range, type Sized } from "./windowing";

const OVERSCAN_ROWS = 4;
/** How much is seen where nothing is laid out. */
const NO_LAYOUT_PX = 640;
/** Drawn before the browser has told how much is seen: what is more than that follows at once, what is less was drawn in vain. */
const FIRST_GUESS_PX = 420;

export interface Windowed {
  range: Range;
  offsets: Offsets;
  /** So many rows a page key moves by: as many as are seen, less one that stays in sight. */
  page: number;
  /** Give it to a row's element, to have it measured. */
  rowRef(id: string, element: HTMLElement | null): void;
  /** Brings a row into sight. */
  show(index: number): void;
}

/** Whoever scrolls that is not us: the reader, or the application. */
export type Scrolled = () => void;

/** `places` is of `ids`. The scroller must be positioned, and its first child the list. */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  ids: readonly string[],
  places: Places,
  onScrolled: Scrolled,
): Windowed {
  const heights = useRef(new Map<string, number>()).current;
  const rows = useRef(new Map<string, HTMLElement>()).current;
  const observer = useRef<ResizeObserver | null>(null);
  const [measured, remeasured] = useReducer((count: number) => count + 1, 0);
  const [view, setView] = useState({ top: 0, height: FIRST_GUESS_PX });

  const latest = useRef<{ sized: Sized; offsets: Offsets; places: Places }>({ sized: NO_ROWS, offsets: offsetsOf(NO_ROWS), places });
  // `measured` stands for the heights, which change in place.
  const sized = useMemo(() => sizedOf(ids, heights, latest.current.sized), [ids, heights, measured]);
  const offsets = useMemo(() => offsetsOf(sized), [sized, measured]);
  const overscan = useIsPainted() ? OVERSCAN_ROWS : 0;
  const range = useMemo(() => rangeOf(offsets, view.top, view.height, overscan), [offsets, view, overscan]);

  /** The first row in sight and how much of it is scrolled away, as the reader last saw it. */
  const anchor = useRef({ ids, index: 0, hidden: 0 });
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
    const { sized: { ids: now }, offsets: begins } = latest.current;
    const top = element.scrollTop;
    const first = rowAt(begins, top);
    anchor.current = { ids: now, index: first, hidden: top - at(begins, first) };
    const height = element.clientHeight || NO_LAYOUT_PX;
    const before = rangeOf(begins, drawn.current.top, drawn.current.height, 0);
    const after = rangeOf(begins, top, height, 0);
    if (before.start === after.start && before.end === after.end) return;
    drawn.current = { top, height };
    setView(drawn.current);
  }, [scroller]);

  const measure = useCallback(
    (id: string, height: number) => {
      if (height <= 0 || heights.get(id) === height) return false;
      heights.set(id, height);
      const { sized: now, places: whereIs } = latest.current;
      const place = whereIs(id, anchor.current.index);
      if (place >= 0) now.heights[place] = height;
      return true;
    },
    [heights],
  );

  useIsomorphicLayoutEffect(() => {
    latest.current = { sized, offsets, places };
  });

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
        latest.current.sized.heights.fill(ROW_ESTIMATE_PX);
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
    const element = scroller.current;
    if (!element) return;
    const { ids: before, index: was, hidden } = anchor.current;
    // At the very top the reader waits for news: what arrives is shown, not scrolled away.
    const held = element.scrollTop > 0 ? survivor(before, was, (id) => places(id, was) >= 0) : null;
    if (held !== null) scrollTo(element, at(offsets, places(held, was)) + (held === before[was] ? hidden : 0));
    look();
  }, [places, offsets, scroller, look, scrollTo]);

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
      const { offsets: begins } = latest.current;
      scrollTo(element, topToShow(begins, row, element.scrollTop, element.clientHeight || NO_LAYOUT_PX));
      look();
    },
    [scroller, look, scrollTo],
  );

  const seen = rangeOf(offsets, view.top, view.height, 0);
  return { range, offsets, page: Math.max(1, seen.end - seen.start - 1), rowRef, show };
}

/** Whether what was drawn first has been painted: what nobody sees yet can wait until then. */
function useIsPainted(): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => setPainted(true))));
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  return painted;
}
