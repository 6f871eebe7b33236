import { defineConfig } from "vitest/config";

// Two rings: `unit` has no browser and no server; `browser` drives Chromium against a real `belfry serve`.
export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["test/**/*.test.{ts,tsx}"], environment: "node" } },
      {
        extends: true,
        test: { name: "browser", include: ["browser/**/*.test.ts"], environment: "node", testTimeout: 60_000, hookTimeout: 120_000 },
      },
    ],
  },
});
