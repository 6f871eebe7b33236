// The components' stylesheet as the package ships it: one file, its parts one after the other.
import { readFileSync } from "node:fs";

const main = new URL("../src/ui/styles.css", import.meta.url);

export function stylesheet() {
  const parts = [...readFileSync(main, "utf8").matchAll(/^@import "(.+)";$/gm)];
  return parts.map(([, part]) => readFileSync(new URL(part, main), "utf8")).join("\n");
}
