import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

function testFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.test\.tsx?$/.test(path) && !path.includes("node_modules") && path !== "spec.test.ts")
    .map((path) => `${folder}/${path}`);
}

/** The numbers with which names of tests begin, by file: `it("C10 C11 …"`. */
function borne(): Map<string, Set<string>> {
  const byFile = new Map<string, Set<string>>();
  for (const path of [...testFiles("test"), ...testFiles("browser")]) {
    const names = read(path).matchAll(/\(\s*["'`]((?:case \d+(?:, \d+)*:? )?(?:C\d+[ :,]+)+)/g);
    byFile.set(path, new Set([...names].flatMap(([, numbers]) => numbers?.match(/C\d+/g) ?? [])));
  }
  return byFile;
}

/** What SPEC.md says: each number with the files that it names. */
function listed(): Map<string, string[]> {
  const items = read("SPEC.md").split(/^- /m).slice(1);
  const found = items.flatMap((item) => {
    const number = /^\*\*(C\d+)\*\*/.exec(item)?.[1];
    return number ? [[number, [...item.matchAll(/`((?:test|browser)\/[^`]+)`/g)].map(([, path]) => path ?? "")] as const] : [];
  });
  expect(new Set(found.map(([number]) => number)).size, "a number stands twice").toBe(found.length);
  return new Map(found);
}

describe("SPEC.md", () => {
  it("names for each invariant tests that bear it", () => {
    const files = borne();
    for (const [number, paths] of listed()) {
      expect(paths.length, `${number} names no test`).toBeGreaterThan(0);
      for (const path of paths) expect([...(files.get(path) ?? [`no file ${path}`])], `${path} bears no ${number}`).toContain(number);
    }
  });

  it("lists whatever a test says that it bears", () => {
    const spec = listed();
    const unlisted = [...borne()].flatMap(([path, numbers]) => [...numbers].filter((number) => !spec.has(number)).map((number) => `${number} in ${path}`));
    expect(unlisted).toEqual([]);
  });

  it("knows as many states and events as the table has", async () => {
    const { TABLE } = await import("../src/core/machine-table");
    const [, states, events] = /(\d+) states × (\d+) events/.exec(read("SPEC.md")) ?? [];
    expect([Number(states), Number(events)]).toEqual([Object.keys(TABLE).length, Object.keys(TABLE.idle).length]);
    for (const name of Object.keys(TABLE)) expect(read("SPEC.md")).toContain(`| \`${name}\` |`);
  });
});
