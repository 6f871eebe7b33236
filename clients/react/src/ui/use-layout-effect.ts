import { useEffect, useLayoutEffect } from "react";

/** React 18 complains of layout effects on a server, where there is nothing to lay out. */
export const useIsomorphicLayoutEffect = typeof document === "undefined" ? useEffect : useLayoutEffect;
