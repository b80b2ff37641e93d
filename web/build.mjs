// Builds the front ends: `node build.mjs FOLDER`. Types of the API first (from the committed document, so that they are
// never older than it), then a check of all types, then the bundles, and a copy of each file that gzip has packed.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import ts from "typescript";
import { build } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "dist"));
// What is fetched before anything is shown, packed. Maps are fetched later.
const FIRST_LOAD_KB = { field: 300, console: 120 };
const PACKED = /\.(js|css|html|svg|webmanifest|json)$/;

// The map is large and comes when it is opened; what counts is asserted below.
const QUIET = { chunkSizeWarningLimit: 1_500, rolldownOptions: { checks: { pluginTimings: false } } };

const began = Date.now();
const tool = (name, ...args) =>
  execFileSync(process.execPath, [join(here, "node_modules", name), ...args], { cwd: here, stdio: ["ignore", "inherit", "inherit"] });
const packed = (path) => gzipSync(readFileSync(path), { level: 9 });
const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

/** Throws with the files of an import cycle, if there is one. Type imports count: what imports each other cannot be read apart. */
function refuseImportCycles() {
  const imports = new Map();
  for (const path of ["src", "field/src", "console/src"].flatMap((folder) => files(join(here, folder)))) {
    if (!/\.tsx?$/.test(path) || path.endsWith(".d.ts")) continue;
    const names = ts.preProcessFile(readFileSync(path, "utf8")).importedFiles.map(({ fileName }) => resolve(dirname(path), fileName));
    const candidates = names.flatMap((name) => [`${name}.ts`, `${name}.tsx`, join(name, "index.ts")]);
    imports.set(path, candidates.filter((candidate) => existsSync(candidate)));
  }
  const isDone = new Set();
  const visit = (path, trail) => {
    if (trail.includes(path)) {
      const cycle = [...trail.slice(trail.indexOf(path)), path].map((file) => relative(here, file));
      throw new Error(`import cycle: ${cycle.join(" -> ")}`);
    }
    if (isDone.has(path)) return;
    (imports.get(path) ?? []).forEach((next) => visit(next, [...trail, path]));
    isDone.add(path);
  };
  [...imports.keys()].forEach((path) => visit(path, []));
}

/** One front end: its page, and where it has a service worker, one that knows the names of all files the page may need. */
async function frontEnd(name) {
  const folder = join(out, name);
  const common = {
    configFile: false,
    root: join(here, name),
    base: "./", // it may stand under a prefix of a proxy
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  };
  const made = await build({
    ...common,
    build: { outDir: folder, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, ...QUIET },
  });
  const chunks = made.output.filter((file) => file.type === "chunk");
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set(["index.html"]);
  const follow = (file) => {
    if (first.has(file)) return;
    first.add(file);
    byName.get(file)?.imports.forEach(follow);
    byName.get(file)?.viteMetadata?.importedCss.forEach((css) => first.add(css));
  };
  chunks.filter((chunk) => chunk.isEntry).forEach((chunk) => follow(chunk.fileName));

  if (existsSync(join(here, name, "src", "sw.ts"))) await serviceWorker(name, folder, common);

  let whole = 0;
  for (const path of files(folder).filter((path) => PACKED.test(path))) {
    const bytes = packed(path);
    whole += bytes.length;
    writeFileSync(`${path}.gz`, bytes);
  }
  const load = [...first].reduce((sum, file) => sum + packed(join(folder, file)).length, 0) / 1000;
  console.log(`/${name}: ${load.toFixed(1)} kB at first load, ${(whole / 1000).toFixed(1)} kB in all (gzip)`);
  if (load > FIRST_LOAD_KB[name]) throw new Error(`/${name} takes ${load.toFixed(1)} kB at first load, more than ${FIRST_LOAD_KB[name]}`);
}

async function serviceWorker(name, folder, common) {
  const shell = files(folder).map((path) => relative(folder, path)).filter((file) => file !== "index.html");
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
      rolldownOptions: { input: join(here, name, "src", "sw.ts"), output: { entryFileNames: "sw.js" } },
    },
  });
}

tool("openapi-typescript/bin/cli.js", "../openapi/gridward.json", "-o", "src/api/gridward.d.ts");
tool("typescript/bin/tsc", "--noEmit");
refuseImportCycles();
await frontEnd("field");
await frontEnd("console");
console.log(`built in ${((Date.now() - began) / 1000).toFixed(1)} s`);
