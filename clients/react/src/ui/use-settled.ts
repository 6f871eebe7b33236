import { useEffect, useState } from "react";

/** A value once it has stood for `ms`: what comes and goes within that is nothing to bother a reader with. */
export function useSettled<T>(value: T, first: T, ms: number): T {
  const [settled, setSettled] = useState(first);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
