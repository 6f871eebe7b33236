import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Two rings: `unit` has no browser and no server; `browser` drives Chromium against a real `belfry serve`.
// `next` does that with the built package in a Next.js application (`npm run next` installs Next.js first).
// `react18` runs the tests of the hooks and the components again, on the other React (`npm run react18` installs it first).
const react18 = fileURLToPath(new URL("test/react-18/node_modules/", import.meta.url));
const otherReact = { find: /^(react|react-dom|swr|@testing-library\/react)(?=\/|$)/, replacement: `${react18}$1` };
const setupFiles = ["test/support/line-at-once.ts", "test/support/seed.ts"];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["test/**/*.test.{ts,tsx}"], environment: "node", setupFiles } },
      {
        extends: true,
        resolve: { alias: [otherReact] },
        test: { name: "react18", include: ["test/{hooks,ui}/**/*.test.{ts,tsx}"], environment: "node", env: { REACT_MAJOR: "18" }, setupFiles },
      },
      {
        extends: true,
        test: { name: "browser", include: ["browser/**/*.test.ts"], environment: "node", testTimeout: 60_000, hookTimeout: 120_000, expect: { poll: { timeout: 20_000 } }, globalSetup: ["browser/support/build.ts"] },
      },
      { extends: true, test: { name: "next", include: ["frameworks/next.test.ts"], environment: "node", testTimeout: 60_000, expect: { poll: { timeout: 20_000 } } } },
    ],
  },
});
