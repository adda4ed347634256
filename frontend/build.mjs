// Builds every entry of src/entries to ../src/langbiang/foundation/ui/static/ui with a fixed name each.
// Scripts become one classic file per page kind (no shared chunks): names are hashed later by the server's manifest,
// and a page never waits for a chain of imports.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

import { iconSprite } from "./build/icons.mjs";
import { writeReducedTabler } from "./build/tabler.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const entries = join(here, "src", "entries");
const target = join(here, "..", "src", "langbiang", "foundation", "ui", "static", "ui");
// Built aside and put in place at the end, so that a server running meanwhile never misses a file.
const out = join(here, "node_modules", ".langbiang", "out");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const shared = (input, output) => ({
  root: here,
  configFile: false,
  logLevel: "warn",
  base: "./",
  build: {
    outDir: out,
    emptyOutDir: false,
    target: ["es2020", "chrome90", "firefox90", "safari14"],
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input,
      // htmx carries an eval for attributes we never use; allowEval is off and the content security policy forbids it.
      checks: { eval: false },
      output: { assetFileNames: "[name][extname]", entryFileNames: "[name].js", ...output },
    },
  },
});

writeReducedTabler(here);

const files = readdirSync(entries).sort();
const styles = files.filter((name) => extname(name) === ".css");
const scripts = files.filter((name) => extname(name) === ".ts");

await build(shared(Object.fromEntries(styles.map((name) => [basename(name, ".css"), join(entries, name)])), {}));
for (const name of scripts) {
  await build(shared({ [basename(name, ".ts")]: join(entries, name) }, { format: "iife" }));
}

writeFileSync(join(out, "icons.svg"), iconSprite(here));
writeFileSync(join(out, "mark.svg"), readFileSync(join(here, "src", "mark.svg")));

// The serif of printed documents; PDF rendering reads the files themselves.
const tinos = join(here, "node_modules", "@expo-google-fonts", "tinos");
mkdirSync(join(out, "fonts"), { recursive: true });
for (const cut of ["400Regular", "700Bold", "400Regular_Italic", "700Bold_Italic"]) {
  copyFileSync(join(tinos, cut, `Tinos_${cut}.ttf`), join(out, "fonts", `Tinos_${cut}.ttf`));
}

rmSync(target, { recursive: true, force: true });
mkdirSync(dirname(target), { recursive: true });
renameSync(out, target);
