import { defineConfig } from "vitest/config";

// Unit tests of modules without a page. tests/web (pytest) tests the pages in a browser.
export default defineConfig({
  test: { include: ["tests/**/*.test.ts"], environment: "node", restoreMocks: true, css: true, pool: "threads" },
});
