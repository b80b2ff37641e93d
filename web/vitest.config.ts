import { defineConfig } from "vitest/config";

// Unit tests of modules without a page. tests/web (pytest) tests the pages in a browser.
export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    restoreMocks: true,
    css: true,
    pool: "threads",
    // Modules are loaded once for all files: they are most of the work. What a test changes it puts back.
    isolate: false,
  },
});
