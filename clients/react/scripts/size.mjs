// What a page downloads: each entry bundled alone, minified and gzipped, with React and SWR left out, since a page has them anyway.
// Fails where the hooks with the core beneath them exceed their budget. With --why: what each folder adds to them, minified.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transformWithEsbuild } from "vite";
import { stylesheet } from "./stylesheet.mjs";

const HOOKS_MOST_BYTES = 12_000;
const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const minified = async (code) => (await transformWithEsbuild(code, "bundle.js", { minify: true, target: "es2022" })).code;

async function bundle(entry) {
  const [output] = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      lib: { entry: here(entry), formats: ["es"] },
      rollupOptions: { external: [/^react($|\/)/, /^react-dom($|\/)/, /^swr($|\/)/], output: { inlineDynamicImports: true } },
    },
  });
  return output.output.find((one) => one.type === "chunk");
}
const bundled = async (entry) => minified((await bundle(entry)).code);

async function why() {
  const folders = {};
  for (const [file, { code }] of Object.entries((await bundle("src/index.ts")).modules)) {
    const folder = dirname(file.slice(here("src/").length));
    folders[folder] = (folders[folder] ?? 0) + (await minified(code ?? "")).length;
  }
  for (const [folder, bytes] of Object.entries(folders).sort(([, a], [, b]) => b - a)) console.log(`  ${folder.padEnd(12)} ${bytes}`);
}

const gzipped = (text) => gzipSync(text, { level: 9 }).length;
const tell = (name, text, note) => {
  const bytes = gzipped(text);
  console.log(`${name.padEnd(12)} ${String(bytes).padStart(6)} bytes gzipped  ${String(Buffer.byteLength(text)).padStart(7)} bytes  ${note}`);
  return bytes;
};

tell("core", await bundled("src/core.ts"), "createClient alone");
const hooks = tell("hooks", await bundled("src/index.ts"), `with the core; ${HOOKS_MOST_BYTES} at most`);
tell("ui", await bundled("src/ui/index.ts"), "components, with what they use of the hooks");
tell("styles.css", stylesheet(), "");

if (process.argv.includes("--why")) await why();
if (hooks > HOOKS_MOST_BYTES) {
  console.error(`The hooks are ${hooks - HOOKS_MOST_BYTES} bytes over their budget of ${HOOKS_MOST_BYTES}.`);
  process.exitCode = 1;
}
