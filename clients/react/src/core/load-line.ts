/** The one place where the package is cut in two: bundlers make a chunk of their own of what is imported here. */
export type LineParts = typeof import("./line");

export const loadLine = (): Promise<LineParts> => import("./line");
