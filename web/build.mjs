// Builds the front ends: `node build.mjs FOLDER`. Generates the API types from the committed OpenAPI document, checks all types,
// refuses import cycles, then compiles the sync client and writes the bundles with a gzipped copy of each text file.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import ts from "typescript";
import { build } from "vite";

const webRoot = fileURLToPath(new URL(".", import.meta.url));
const out = resolve(process.argv[2] ?? join(webRoot, "dist"));
// Limits of the gzipped files that load before the first page is shown. Maps load later.
const FIRST_LOAD_KB = { field: 100, console: 120 };
const COMPRESSIBLE = /\.(js|css|html|svg|webmanifest|json)$/;

// No warning for the chunk of the map, which is large and loads on demand. FIRST_LOAD_KB is checked below.
const CHUNK_OPTIONS = { chunkSizeWarningLimit: 1_500, rolldownOptions: { checks: { pluginTimings: false } } };

const startedAt = Date.now();
const runTool = (name, ...args) =>
  execFileSync(process.execPath, [join(webRoot, "node_modules", name), ...args], {
    cwd: webRoot,
    stdio: ["ignore", "inherit", "inherit"],
  });
const gzipped = (path) => gzipSync(readFileSync(path), { level: 9 });
const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

/** Throws with the files of an import cycle, if there is one. Type imports count too: modules that import each other cannot be understood separately. */
function refuseImportCycles() {
  const imports = new Map();
  for (const path of ["src", "sync-client/src", "field/src", "console/src", "tests"].flatMap((folder) =>
    files(join(webRoot, folder)),
  )) {
    if (!/\.tsx?$/.test(path) || path.endsWith(".d.ts")) continue;
    const names = ts
      .preProcessFile(readFileSync(path, "utf8"))
      .importedFiles.map(({ fileName }) => resolve(dirname(path), fileName.replace(/\.js$/, "")));
    const candidates = names.flatMap((name) => [`${name}.ts`, `${name}.tsx`, join(name, "index.ts")]);
    imports.set(
      path,
      candidates.filter((candidate) => existsSync(candidate)),
    );
  }
  const checked = new Set();
  const visit = (path, trail) => {
    if (trail.includes(path)) {
      const cycle = [...trail.slice(trail.indexOf(path)), path].map((file) => relative(webRoot, file));
      throw new Error(`import cycle: ${cycle.join(" -> ")}`);
    }
    if (checked.has(path)) return;
    (imports.get(path) ?? []).forEach((next) => visit(next, [...trail, path]));
    checked.add(path);
  };
  [...imports.keys()].forEach((path) => visit(path, []));
}

/** Put early-theme.js into the head, as a file that can be cached for ever. */
function earlyTheme() {
  const source = readFileSync(join(webRoot, "src", "early-theme.js"), "utf8");
  const fileName = `assets/theme-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.js`;
  return {
    name: "early-theme",
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source });
    },
    transformIndexHtml: () => [{ tag: "script", attrs: { src: `./${fileName}` }, injectTo: "head-prepend" }],
    fileName,
  };
}

/** Build one front end, and its service worker if it has one. */
async function frontEnd(name) {
  const folder = join(out, name);
  const theme = earlyTheme();
  const common = {
    configFile: false,
    root: join(webRoot, name),
    base: "./", // a proxy may add a path prefix
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  };
  const result = await build({
    ...common,
    plugins: [theme],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      ...CHUNK_OPTIONS,
    },
  });
  const chunks = result.output.filter((file) => file.type === "chunk");
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set(["index.html", theme.fileName]);
  const follow = (file) => {
    if (first.has(file)) return;
    first.add(file);
    byName.get(file)?.imports.forEach(follow);
    byName.get(file)?.viteMetadata?.importedCss.forEach((css) => first.add(css));
  };
  chunks.filter((chunk) => chunk.isEntry).forEach((chunk) => follow(chunk.fileName));

  if (existsSync(join(webRoot, name, "src", "sw.ts"))) await serviceWorker(name, folder, common);

  let totalBytes = 0;
  for (const path of files(folder).filter((path) => COMPRESSIBLE.test(path))) {
    const bytes = gzipped(path);
    totalBytes += bytes.length;
    writeFileSync(`${path}.gz`, bytes);
  }
  const firstLoadKb = [...first].reduce((sum, file) => sum + gzipped(join(folder, file)).length, 0) / 1000;
  console.log(
    `/${name}: ${firstLoadKb.toFixed(1)} kB at first load, ${(totalBytes / 1000).toFixed(1)} kB in all (gzip)`,
  );
  if (firstLoadKb > FIRST_LOAD_KB[name])
    throw new Error(`/${name} takes ${firstLoadKb.toFixed(1)} kB at first load, more than ${FIRST_LOAD_KB[name]}`);
}

/** Build the service worker. It knows the names of all files of this version and a hash of their contents. */
async function serviceWorker(name, folder, common) {
  const shell = files(folder)
    .map((path) => relative(folder, path))
    .filter((file) => file !== "index.html");
  const version = createHash("sha256");
  for (const file of ["index.html", ...shell]) version.update(file).update(readFileSync(join(folder, file)));
  await build({
    ...common,
    publicDir: false,
    define: { SHELL: JSON.stringify(["./", ...shell]), VERSION: JSON.stringify(version.digest("hex").slice(0, 16)) },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      rolldownOptions: { input: join(webRoot, name, "src", "sw.ts"), output: { entryFileNames: "sw.js" } },
    },
  });
}

runTool("openapi-typescript/bin/cli.js", "../openapi/gridward.json", "-o", "src/api/gridward.d.ts");
runTool("typescript/bin/tsc", "--noEmit");
refuseImportCycles();
rmSync(join(webRoot, "sync-client", "dist"), { recursive: true, force: true });
runTool("typescript/bin/tsc", "-p", "sync-client");
await frontEnd("field");
await frontEnd("console");
console.log(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
