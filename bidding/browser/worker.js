/**
 * The worker of the sealer: `client.js` starts it, and it starts its own crew of the same file.
 *
 * Jobs: `prepare` a bid, `upload` its bodies, `stretch` and `check` for a crew's member.  The messages are
 * those of `line.js`.
 */

import { bodiesOf, matchFiles, prepare, selfTest, track } from "./bid.js";
import { bodySecrets, checkStretch, hashStretch, resealLeaf } from "./body.js";
import { unhex } from "./bytes.js";
import { blobSource, gather } from "./crew.js";
import { serve } from "./line.js";
import { sendBody } from "./upload.js";
import { contextHash, parseEnvelope } from "./wire.js";

/** @typedef {import("./line.js").Desk} Desk */

/** @template T @param {(pass: ReturnType<typeof gather>["pass"] | undefined) => Promise<T>} work @returns {Promise<T>} */
async function withCrew(work) {
  if (typeof Worker === "undefined") return work(undefined); // a browser without workers of workers
  const crew = gather(navigator.hardwareConcurrency, () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
  try {
    return await work(crew.pass);
  } finally {
    crew.dismiss();
  }
}

/**
 * Second pass: every body that is not up yet, leaf by leaf behind the gate.
 * @param {{ seedFile: import("./bid.js").SeedFile, files: File[], urls: (string | null)[] } & import("./client.js").Upload} order
 * @param {Desk} desk asked to keep `{ body, url }` of each upload that was created
 */
async function upload({ seedFile, files, urls, ...how }, { progress, ask, signal }) {
  const envelope = parseEnvelope(unhex(seedFile.envelope));
  const ctx = await contextHash(envelope.contextBytes);
  const sources = bodiesOf(seedFile.index, matchFiles(seedFile.index, files));
  const tell = track("upload", envelope.bodies.reduce((sum, { ctLength }) => sum + ctLength, 0), progress);
  for (const [i, source] of sources.entries()) {
    const secrets = await bodySecrets(unhex(seedFile.seed), ctx, i);
    const gate = seedFile.leaves[i].map(unhex);
    await sendBody({
      ...how,
      url: urls[i] ?? null,
      ctLength: envelope.bodies[i].ctLength,
      leaf: (number) => resealLeaf(secrets, source, number, gate[number]),
      onCreated: (url) => ask({ body: i, url }),
      onProgress: tell,
      signal,
    });
  }
}

serve(/** @type {import("./line.js").Scope} */ (/** @type {unknown} */ (globalThis)), {
  stretch: ({ secrets, blob, from, to }) => hashStretch(secrets, blobSource(blob), from, to),
  check: ({ secrets, blob, from, to }) => checkStretch(secrets, blobSource(blob), from, to),
  prepare: (order, { progress, ask }) => withCrew((pass) => prepare(order, { pass, progress, sign: ask })),
  test: ({ seedFile, files }, { progress }) =>
    withCrew((pass) => selfTest(seedFile, matchFiles(seedFile.index, files), { pass, progress })),
  upload,
});
