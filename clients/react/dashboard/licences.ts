import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** Writes the licences of the packages that went into the bundle beside it: who gives the program away gives them along. */
export function licences(): Plugin {
  return {
    name: "belfry-licences",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []));
      const folders = [...new Set(modules.flatMap(packageOf))].sort();
      this.emitFile({ type: "asset", fileName: "licences.txt", source: folders.map(licence).join("\n") });
    },
  };
}

/** The folder of the package that a module belongs to; none for our own. */
function packageOf(module: string): string[] {
  const found = /^\0?(.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+)/.exec(module)?.[1];
  return found === undefined ? [] : [found];
}

function licence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
  const file = existsSync(folder) ? readdirSync(folder).find((file) => /^licen[cs]e/i.test(file)) : undefined;
  if (file === undefined) throw new Error(`${dirname(folder)}: ${name} has no licence file to give along`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
