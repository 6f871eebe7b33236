/** Builds the test page once for all files of tests, by the very tool that an application would use. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the built test page stands. */
    pageDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outDir = await mkdtemp(join(tmpdir(), "belfry-page-"));
  await build({
    configFile: false,
    root: fileURLToPath(new URL("page", import.meta.url)),
    base: "/__page/",
    logLevel: "error",
    esbuild: { jsx: "automatic" },
    build: { outDir, emptyOutDir: true, minify: false, sourcemap: "inline", target: "es2022" },
  });
  project.provide("pageDir", outDir);
  return () => rm(outDir, { recursive: true, force: true });
}
