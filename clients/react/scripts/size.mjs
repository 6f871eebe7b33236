// What a page downloads, minified and gzipped, with React and SWR left out, since a page has them anyway. The hooks come in two
// parts: what a page needs before it shows its first list, and the line (session, transports, tabs), which it loads after that.
// Fails where one of them exceeds its budget. With --why: what each folder adds to them, minified.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transformWithEsbuild } from "vite";
import { stylesheet } from "./stylesheet.mjs";

const FIRST_MOST_BYTES = 11_600;
const TOTAL_MOST_BYTES = 22_800;
const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const minified = async (code) => (await transformWithEsbuild(code, "bundle.js", { minify: true, target: "es2022" })).code;

/** The chunks of an entry: its own, and those that are loaded later. */
async function bundle(entry) {
  const [output] = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      lib: { entry: here(entry), formats: ["es"] },
      rollupOptions: { external: [/^react($|\/)/, /^react-dom($|\/)/, /^swr($|\/)/], preserveEntrySignatures: "allow-extension" },
    },
  });
  const chunks = output.output.filter((one) => one.type === "chunk");
  return { first: chunks.filter((one) => one.isEntry), later: chunks.filter((one) => !one.isEntry) };
}

const gzipped = (text) => gzipSync(text, { level: 9 }).length;
const tell = (name, bytes, minifiedBytes, note) => {
  console.log(`${name.padEnd(12)} ${String(bytes).padStart(6)} bytes gzipped  ${String(minifiedBytes).padStart(7)} bytes  ${note}`);
  return bytes;
};
/** Of all these chunks. */
async function weigh(name, chunks, note) {
  const texts = await Promise.all(chunks.map(({ code }) => minified(code)));
  return tell(name, texts.reduce((sum, text) => sum + gzipped(text), 0), texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0), note);
}
async function why(name, chunks) {
  const folders = {};
  for (const { modules } of chunks) {
    for (const [file, { code }] of Object.entries(modules)) {
      const folder = dirname(file.slice(here("src/").length));
      folders[folder] = (folders[folder] ?? 0) + (await minified(code ?? "")).length;
    }
  }
  for (const [folder, bytes] of Object.entries(folders).sort(([, a], [, b]) => b - a)) console.log(`  ${name}  ${folder.padEnd(12)} ${bytes}`);
}

const [hooks, core, ui] = [await bundle("src/index.ts"), await bundle("src/core.ts"), await bundle("src/ui/index.ts")];
const first = await weigh("hooks", hooks.first, `with the core: before the first list; ${FIRST_MOST_BYTES} at most`);
const later = await weigh("line", hooks.later, "loaded after it: session, transports, tabs");
tell("together", first + later, "", `${TOTAL_MOST_BYTES} at most`);
await weigh("core", core.first, "createClient alone; its line is the same");
await weigh("ui", [...ui.first, ...ui.later], "components, with what they use of the hooks");
const css = stylesheet();
tell("styles.css", gzipped(css), Buffer.byteLength(css), "");

if (process.argv.includes("--why")) {
  await why("hooks", hooks.first);
  await why("line", hooks.later);
}
for (const [what, bytes, most] of [["The hooks with the core", first, FIRST_MOST_BYTES], ["Hooks and line together", first + later, TOTAL_MOST_BYTES]]) {
  if (bytes <= most) continue;
  console.error(`${what} are ${bytes - most} bytes over their budget of ${most}.`);
  process.exitCode = 1;
}
if (hooks.later.length === 0) {
  console.error("The line is no chunk of its own: something imports it at once.");
  process.exitCode = 1;
}
