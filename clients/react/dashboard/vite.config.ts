import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { licences } from "./licences";

// A bundle that is committed must come out the same for everybody, whatever their shell says.
process.env.NODE_ENV = "production";

/** Into the program's crate, where it is embedded; `BELFRY_DASHBOARD_OUT` is for the check, which must change nothing. */
const out = process.env.BELFRY_DASHBOARD_OUT ?? fileURLToPath(new URL("../../../crates/local/src/dashboard", import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  mode: "production",
  envDir: false,
  plugins: [licences()],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    cssTarget: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      // SWR marks its modules for servers that render; a page has none.
      onwarn: (warning, warn) => void (warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning)),
      output: { entryFileNames: "app.js", assetFileNames: "app.[ext]", inlineDynamicImports: true },
    },
  },
  // `npx vite dashboard` develops against a `cargo serve`.
  server: { proxy: Object.fromEntries(["/api", "/dev", "/ws"].map((path) => [path, { target: "http://127.0.0.1:8080", ws: true }])) },
});
