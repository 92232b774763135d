/**
 * Recomputes vector files of the format `sbe/1 vectors` with the sealer that bidders' browsers run.
 *
 *     node tests/vectors.mjs FILE...
 *
 * One line a case: file, case, and `ok` or what differs.  Exit status: 0 all alike, 1 some case differs, 2 a file
 * is not of this format.
 */

import { readFile } from "node:fs/promises";
import process, { argv, stderr, stdout } from "node:process";

import { recompute, wideAsText } from "./browser/recompute.mjs";

let status = 0;
for (const path of argv.slice(2)) {
  let file;
  try {
    file = JSON.parse(wideAsText(await readFile(path, "utf8")));
  } catch (error) {
    stderr.write(`${path}: ${error.message}\n`);
  }
  if (file?.format !== "sbe/1 vectors") {
    stderr.write(`${path}: not a file of the format "sbe/1 vectors"\n`);
    status = 2;
    continue;
  }
  if (!Array.isArray(file.cases) || !file.cases.length) {
    stdout.write(`${path} - malformed: no cases\n`);
    status ||= 1;
    continue;
  }
  for (const one of file.cases) {
    const differs = await recompute(one);
    if (differs) status ||= 1;
    stdout.write(`${path} ${one?.id} ${differs ?? "ok"}\n`);
  }
}
if (argv.length < 3) {
  stderr.write("usage: node tests/vectors.mjs FILE...\n");
  status = 2;
}
process.exitCode = status; // not exit(): what is written must reach a pipe
