import type { NextConfig } from "next";

/** What a load balancer sends to Belfry, by the package's README. */
const PASSED = ["/api/notifications", "/api/stream", "/api/events", "/api/unread", "/api/preferences", "/api/tasks", "/ws"];

const config: NextConfig = {
  // Compressed events are held back until there is enough to compress.
  compress: false,
  // In development Next.js keeps its scripts from pages of another host than `localhost`.
  allowedDevOrigins: ["127.0.0.1"],
  turbopack: { root: import.meta.dirname },
  async rewrites() {
    return PASSED.map((path) => ({ source: `${path}/:rest*`, destination: `${process.env.BELFRY_URL}${path}/:rest*` }));
  },
};

export default config;
