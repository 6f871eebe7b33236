import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const server = process.env["BELFRY_URL"] ?? "http://127.0.0.1:8080";
const passed = { target: server, changeOrigin: false };
const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

export default defineConfig(({ mode }) => ({
  // Page and Belfry share an origin, as they do behind most load balancers: then a cookie is enough, and no CORS is needed.
  // (A target as a mere text would change the `Host`, and the server refuses changes from pages of another host.)
  server: { proxy: { "/api": passed, "/dev": passed, "/ws": { ...passed, ws: true } } },
  resolve: {
    // The package is linked here and has a React of its own for its tests; a page must have one alone.
    dedupe: ["react", "react-dom"],
    // `--mode source` builds against the package's source, without building or installing it. The package's own tests do that.
    alias:
      mode === "source"
        ? [
            { find: "@belfry/react/ui/styles.css", replacement: source("ui/styles.css") },
            { find: "@belfry/react/ui", replacement: source("ui/index.ts") },
            { find: "@belfry/react", replacement: source("index.ts") },
          ]
        : [],
  },
}));
