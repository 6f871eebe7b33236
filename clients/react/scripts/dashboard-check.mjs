// Tells whether crates/local/src/dashboard is what dashboard/ builds, byte for byte. Changes nothing.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const committed = fileURLToPath(new URL("../../../crates/local/src/dashboard", import.meta.url));
const fresh = await mkdtemp(join(tmpdir(), "belfry-dashboard-"));
try {
  process.env.BELFRY_DASHBOARD_OUT = fresh;
  await build({ configFile: fileURLToPath(new URL("../dashboard/vite.config.ts", import.meta.url)), logLevel: "warn" });
  const names = [...new Set([...(await readdir(fresh)), ...(await readdir(committed).catch(() => []))])].sort();
  const held = await Promise.all(names.map(async (name) => (await bytes(fresh, name)).equals(await bytes(committed, name))));
  const others = names.filter((_, at) => !held[at]);
  if (others.length > 0) {
    console.error(`crates/local/src/dashboard is not what clients/react/dashboard builds (${others.join(", ")}).`);
    console.error("Run `npm run dashboard` in clients/react, and commit what it writes.");
    process.exitCode = 1;
  }
} finally {
  await rm(fresh, { recursive: true });
}

/** A file's bytes; of one that is not there, bytes that no file of ours has. */
async function bytes(folder, name) {
  return readFile(join(folder, name)).catch(() => Buffer.from(`there is no ${folder}/${name}`));
}
