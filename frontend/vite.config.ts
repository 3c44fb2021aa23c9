import { defineConfig } from "vitest/config";

// The base is relative, so that the built files work under any prefix:
// stylesheets find their fonts, and modules find their chunks, beside themselves.
export default defineConfig({
  base: "./",
  build: {
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    rolldownOptions: {
      input: ["src/main.ts"],
      // htmx holds one eval, for hx-on and the like: switched off by allowEval and by the page's policy.
      checks: { eval: false },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
