import { useEffect, useRef } from "react";

/** A pause must not end with the toast gone under the reader's hand. */
const LEAST_MS = 1500;

/** Calls `done` once `ms` have passed without `paused`. Null waits for ever. */
export function useCountdown(ms: number | null, paused: boolean, done: () => void): void {
  const left = useRef(ms);
  const latest = useRef(done);
  useEffect(() => {
    latest.current = done;
  });
  useEffect(() => {
    if (paused || left.current === null) return;
    const began = Date.now();
    const before = left.current;
    const timer = setTimeout(() => latest.current(), before);
    return () => {
      clearTimeout(timer);
      left.current = Math.max(LEAST_MS, before - (Date.now() - began));
    };
  }, [paused]);
}
