/**
 * Speeds of the browser's sealer, in megabytes (10^6 bytes) a second; in Node and in a page alike.
 */

import { bodySecrets, bytesSource, checkStretch, sealBody } from "../../bidding/browser/body.js";
import { blobSource, gather } from "../../bidding/browser/crew.js";
import { hashFile } from "../../bidding/browser/filehash.js";

const secrets = () => bodySecrets(new Uint8Array(32).fill(3), new Uint8Array(32), 1);

/** The best of three. */
async function rate(bytes, work) {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    await work();
    best = Math.max(best, bytes / 1e3 / (performance.now() - began));
  }
  return best;
}

/** First pass over bytes in memory, in one thread of JavaScript. */
export async function sealMemory({ mebibytes }) {
  const bytes = new Uint8Array(mebibytes * 2 ** 20);
  for (let i = 0; i < bytes.length; i += 4093) bytes[i] = i;
  const keys = await secrets();
  return rate(bytes.length, () => sealBody(keys, bytesSource(bytes)));
}

/** First pass over the picked file by a crew of workers, as a bidder's page does it; and the test before commit. */
export async function sealFile() {
  const [file] = document.querySelector("input").files;
  const crew = gather(navigator.hardwareConcurrency, () => new Worker("/bidding/browser/worker.js", { type: "module" }));
  const keys = await secrets();
  const source = blobSource(file);
  const seal = await rate(file.size, () => sealBody(keys, source, { crew: crew.pass("stretch") }));
  const check = await rate(file.size, () => sealBody(keys, source, { crew: crew.pass("check") }));
  crew.dismiss();
  return { seal, check };
}

/** The same test in one thread. */
export async function checkMemory({ mebibytes }) {
  const bytes = new Uint8Array(mebibytes * 2 ** 20);
  const keys = await secrets();
  return rate(bytes.length, () => sealBody(keys, bytesSource(bytes), { crew: Array(3).fill(checkStretch) }));
}

/** SHA-256 by the platform, the limit of all this, and by the rounds written here for files too large to hold. */
export async function hashes({ mebibytes }) {
  const bytes = new Uint8Array(mebibytes * 2 ** 20);
  const platform = await rate(bytes.length, async () => {
    for (let at = 0; at < bytes.length; at += 2 ** 20) await crypto.subtle.digest("SHA-256", bytes.subarray(at, at + 2 ** 20));
  });
  const large = new Blob([bytes]);
  return { platform, own: await rate(bytes.length, () => hashFile(large)) };
}
