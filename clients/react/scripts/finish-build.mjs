// After the build: gives the declarations the file names that Node's resolution wants, then tries the package as its users would.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

for (const name of readdirSync(dist, { recursive: true }).filter((one) => one.endsWith(".d.ts"))) {
  const file = join(dist, name);
  const full = (specifier) => {
    const target = join(dirname(file), specifier);
    if (existsSync(`${target}.d.ts`)) return `${specifier}.js`;
    if (existsSync(join(target, "index.d.ts"))) return `${specifier}/index.js`;
    throw new Error(`${name} imports ${specifier}, which was not built`);
  };
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/(from |import\()"(\.{1,2}\/[^"]+?)(?:\.js)?"/g, (_, how, specifier) => `${how}"${full(specifier)}"`));
}

const fail = (why) => {
  throw new Error(`the built package: ${why}`);
};
for (const [file, wanted] of [["index.js", true], ["ui.js", true], ["core.js", false]]) {
  const text = readFileSync(join(dist, file), "utf8");
  if (text.startsWith('"use client";') !== wanted) fail(`"use client" in ${file} should be ${wanted}`);
  if (/^export \*/m.test(text)) fail(`${file} says "export *", which Next.js refuses in a file for the browser`);
}
if (!existsSync(join(dist, "styles.css"))) fail("styles.css is missing");

// As a server does: imported by its own name, rendered, and then nothing keeps the process from ending.
const program = `
  import { createElement as h } from "react";
  import { renderToString } from "react-dom/server";
  import { NotificationProvider, useNotificationSystem } from "@belfry/react";
  import { createClient } from "@belfry/react/core";
  import { NotificationBell } from "@belfry/react/ui";
  const Count = () => h("b", null, useNotificationSystem().unreadCount);
  const html = renderToString(h(NotificationProvider, null, h(Count), h(NotificationBell)));
  if (!html.startsWith("<b>0</b><")) throw new Error(html);
  if (typeof createClient !== "function") throw new Error("no createClient");
`;
const node = (code, ...options) =>
  execFileSync(process.execPath, [...options, "--input-type=module", "-e", code], { cwd: root, stdio: "inherit", timeout: 20_000 });
node(program);
// Server components see another React, without hooks: the core must not need any.
node('import { createClient } from "@belfry/react/core"; createClient({}).snapshot();', "--conditions=react-server");

// As a program in TypeScript does, with either way of finding modules.
const consumer = join(root, "test-results", "consumer");
rmSync(consumer, { recursive: true, force: true });
mkdirSync(consumer, { recursive: true });
writeFileSync(
  join(consumer, "use.ts"),
  `import { useNotificationSystem, type Notification } from "@belfry/react";
import { createClient, type Client } from "@belfry/react/core";
import { NotificationBell } from "@belfry/react/ui";
export const client: Client = createClient({ getToken: async ({ refresh }) => (refresh ? "new" : "old") });
export const titles = (): string[] => useNotificationSystem().notifications.map((one: Notification) => one.title);
export const count: number = useNotificationSystem().unreadCount;
export const bell: (props: never) => unknown = NotificationBell;
// @ts-expect-error A typed package knows that there is no such thing.
useNotificationSystem().nothingLikeThis;
`,
);
for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
  const compilerOptions = {
    module, moduleResolution, target: "es2022", strict: true, noEmit: true, skipLibCheck: false, types: [], jsx: "react-jsx",
    lib: ["es2022", "dom", "dom.iterable"],
  };
  const config = join(consumer, `tsconfig.${module}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ["use.ts"] }));
  try {
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { encoding: "utf8" });
  } catch (error) {
    fail(`its types do not hold with moduleResolution ${moduleResolution}:\n${error.stdout}`);
  }
}
console.log("dist: imports, renders on a server and type checks");
