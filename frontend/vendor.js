// Makes custom_components/kith/panel/vendor/lit.js from the lock file's Lit; with --check, says whether it is that.
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const file = `${here}/../custom_components/kith/panel/vendor/lit.js`;
const { version } = JSON.parse(await readFile(`${here}/node_modules/lit/package.json`, "utf8"));
const built = await build({
  entryPoints: [`${here}/lit.js`],
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "eof",
  banner: { js: `// Lit ${version}, bundled by frontend/vendor.js. Its license (BSD-3-Clause) is at the end, whole in LICENSE.` },
  write: false,
});
const fresh = Buffer.from(built.outputFiles[0].contents);
const license = await readFile(`${here}/node_modules/lit/LICENSE`);

/** @param {string} path @param {Buffer} content */
async function put(path, content) {
  if (!process.argv.includes("--check")) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    console.log(`${path}: ${content.length} bytes`);
  } else if (!content.equals(await readFile(path).catch(() => Buffer.alloc(0)))) {
    console.error(`${path} is not what the lock file makes: npm run vendor`);
    process.exitCode = 1;
  }
}

await put(file, fresh);
await put(`${dirname(file)}/LICENSE`, license);
