// Rules for the web sources: types (typescript-eslint), imports of itself (import-x) and accessible JSX (jsx-a11y-x).
// No rule is about layout, which Prettier decides.
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import jsxA11y from "eslint-plugin-jsx-a11y-x";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist*", "sync-client/dist", "src/api/gridward.d.ts"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["{console,field,src,sync-client,tests}/**/*.{ts,tsx}"],
    extends: [tseslint.configs.recommended],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      "import-x/resolver-next": [
        // Modules of the sync client import each other as `.js`, which Node requires.
        createNodeResolver({ extensions: [".ts", ".tsx", ".js"], extensionAlias: { ".js": [".ts", ".js"] } }),
      ],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
      "import-x/extensions": [".ts", ".tsx"],
      "import-x/ignore": ["gridward\\.d\\.ts$", "node_modules"],
    },
    rules: {
      // The build (build.mjs) refuses longer cycles, of values and of types, in a tenth of the time of `no-cycle`.
      "import-x/no-self-import": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/prefer-promise-reject-errors": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowArray: true, allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["{console,field}/**/*.tsx"],
    extends: [jsxA11y.configs.recommended],
    rules: {
      // The recordings of reporters and workers have no captions.
      "jsx-a11y-x/media-has-caption": "off",
      // A region that scrolls takes the focus, so that the keyboard can scroll it.
      "jsx-a11y-x/no-noninteractive-tabindex": ["error", { roles: ["region"], tags: [] }],
    },
  },
);
