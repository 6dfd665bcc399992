// Builds the page into the Python package: one script and one style sheet, with the licences of what is in them.
import { build } from "esbuild";
import { readFile, mkdir, writeFile } from "node:fs/promises";

const LIBRARIES = ["preact", "d3-hierarchy", "@tanstack/virtual-core"];
const target = process.argv[2] ?? "../guardian_core/emitters/page";
const licences = await Promise.all(
  LIBRARIES.map(async (name) => {
    const { version } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    const text = (await readFile(`node_modules/${name}/LICENSE`, "utf8")).trim();
    return `${name} ${version}\n\n${text}`;
  }),
);
const banner = `/*! This page has in it:\n\n${licences.join("\n\n\n").replaceAll("*/", "* /")}\n*/`;
await mkdir(target, { recursive: true });
for (const [entry, name, header] of [
  ["src/main.tsx", "report.js", { js: banner }],
  ["src/style.css", "report.css", {}],
]) {
  const made = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    banner: header,
    jsx: "automatic",
    jsxImportSource: "preact",
  });
  await writeFile(`${target}/${name}`, made.outputFiles[0].text);
}
