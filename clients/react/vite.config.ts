import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { stylesheet } from "./scripts/stylesheet.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Says to Next.js that hooks and components run in the browser. The core has no React in it, so it is left usable anywhere. */
const banner = ({ exports, fileName }: { exports: string[]; fileName: string }) =>
  /^(index|ui)\.js$/.test(fileName) && exports.length > 0 ? '"use client";' : "";

/** The stylesheet is a file of its own: a page imports it by choice. */
const styles: Plugin = {
  name: "belfry-styles",
  closeBundle() {
    writeFileSync(here("dist/styles.css"), stylesheet());
  },
};

// The package. Not minified: whoever builds an application does that, and people read it until then.
export default defineConfig({
  plugins: [styles],
  build: {
    lib: { entry: { index: here("src/index.ts"), core: here("src/core.ts"), ui: here("src/ui/index.ts") }, formats: ["es"] },
    target: "es2022",
    minify: false,
    sourcemap: true,
    rollupOptions: {
      external: [/^react($|\/)/, /^react-dom($|\/)/, /^swr($|\/)/],
      output: { banner, entryFileNames: "[name].js", chunkFileNames: "shared/[name].js" },
    },
  },
});
