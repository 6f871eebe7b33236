// Writes src/contract.generated.ts from the server's OpenAPI document; with --check it only tells whether that is current.
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const source = new URL("../../../crates/contract/golden/openapi.json", import.meta.url);
const target = new URL("../src/contract.generated.ts", import.meta.url);

// An object without declared fields is one whose fields are the author's own (`data`), not one that has none.
const made = COMMENT_HEADER + astToString(await openapiTS(source, { silent: true, emptyObjectsUnknown: true }));

if (process.argv.includes("--check")) {
  const held = await readFile(target, "utf8").catch(() => "");
  if (held !== made) {
    console.error("src/contract.generated.ts is not what crates/contract/golden/openapi.json says: run `npm run generate`");
    process.exit(1);
  }
} else {
  await writeFile(target, made);
}
