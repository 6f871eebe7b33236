/** JSON, before it is known what it says. */
export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === "string";
export const isNumber = (value: unknown): value is number => typeof value === "number";

/** Undefined for what is no JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of two that come from JSON of one writer, so that equal ones have equal texts. */
export const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
