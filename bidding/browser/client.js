/**
 * The page's side of the sealer: one object that seals, tests and sends through the worker, and the acts around it.
 *
 * ```js
 * const sealer = startSealer();
 * const bid = await sealer.prepare(order, { onProgress, sign });      // order: bid.js, Order
 * saveSeedFile(bid.seedFile);                                          // before anything else: the bidder's only key
 * await keepDraft(bid.seedFile, { kind: "none" });                     // drafts.js: survives a reload
 * await sealer.upload(bid.seedFile, files, { endpoint, headers, onProgress, signal });
 * const { submit, envelopes } = await signSubmission([bid.seedFile], { seq: 1, prev: null });
 * // POST both, then say "submitted" only when checkReceipt and isReceiptOf (receipt.js) have passed
 * ```
 *
 * Errors keep their names across the worker: `Refusal` (`code`), `SelfTestFailed`, `Changed` (`leaf`: drop the draft,
 * seal again), `UploadRefused` (`status`, `code`), `Interrupted` (no success within the patience: try later),
 * `AbortError` (paused), `RangeError` (files that are not the sealed ones), `NotReadableError` (a file changed while it
 * was sealed).
 */

import { writeSeedFile } from "./bid.js";
import { hex, unhex } from "./bytes.js";
import { draftOf, rememberUrl } from "./drafts.js";
import { connect } from "./line.js";
import { secretsOf } from "./sealing.js";
import { SUBMIT, WITHDRAW, submissionHash, submitKey } from "./submission.js";
import { contextHash, parseEnvelope, parsePolicy } from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./bid.js").SeedFile} SeedFile */
/** @typedef {import("./bid.js").Progress} Progress */

/**
 * @typedef {object} Sealer
 * @property {(order: import("./bid.js").Order, hooks?: { onProgress?: (progress: Progress) => void, sign?: (digest: Bytes) => Promise<string | null> }) => Promise<import("./bid.js").Bid>} prepare
 *   `sign` is the bidder's certificate over 32 bytes, base64; without it the index carries no signature
 * @property {(seedFile: SeedFile, files: readonly File[], hooks?: { onProgress?: (progress: Progress) => void }) => Promise<void>} test
 *   opens the bid from its seed file and the files again
 * @property {(seedFile: SeedFile, files: readonly File[], how: Upload) => Promise<void>} upload every body; begins where the server
 *   stands, whether it was begun a second or a week ago
 * @property {() => void} close
 *
 * @typedef {object} Upload
 * @property {string} endpoint where uploads are created
 * @property {Record<string, string>} [headers]
 * @property {(progress: Progress) => void} [onProgress]
 * @property {AbortSignal} [signal] pauses: the draft keeps where it was
 * @property {number} [patience] milliseconds without any success after which it gives up; 15 minutes
 * @property {number} [firstPause] milliseconds before the first repetition; 1 second
 */

/**
 * @param {string | URL} [url] of `worker.js`
 * @returns {Sealer}
 */
export function startSealer(url = new URL("./worker.js", import.meta.url)) {
  const line = connect(new Worker(url, { type: "module" }));
  return {
    prepare: (order, { onProgress, sign } = {}) => line.call("prepare", order, { onProgress, onQuestion: sign }),
    test: (seedFile, files, { onProgress } = {}) => line.call("test", { seedFile, files }, { onProgress }),
    async upload(seedFile, files, { endpoint, onProgress, signal, ...how }) {
      const draft = await draftOf(seedFile.envelope_id);
      const order = { ...how, seedFile, files, endpoint: new URL(endpoint, location.href).href, urls: draft?.urls ?? [] };
      const onQuestion = (/** @type {{ body: number, url: string }} */ { body, url: made }) =>
        rememberUrl(seedFile.envelope_id, body, made);
      await line.call("upload", order, { onProgress, onQuestion, signal });
    },
    close: line.close,
  };
}

/**
 * A submission of the envelopes of these seed files, one for each stage in ascending order; or, of none, a withdrawal.
 * @param {readonly SeedFile[]} seedFiles
 * @param {object} chain
 * @param {number} chain.seq 1, or one more than the last of the chain
 * @param {string | null} chain.prev submission hash of the last, hex; null when seq is 1
 * @param {SeedFile} [chain.key] whose submit key signs: needed for a withdrawal
 * @param {number} [chain.now] milliseconds
 * @returns {Promise<{ submit: Bytes, envelopes: Bytes[], hash: Bytes }>} what to hand in, and its submission hash
 */
export async function signSubmission(seedFiles, { seq, prev, key = seedFiles[0], now = Date.now() }) {
  const { submitPk, sign } = await submitKey(key.sigalg, unhex(key.submit_sk));
  const submit = await sign({
    action: seedFiles.length > 0 ? SUBMIT : WITHDRAW,
    ...{ tender: key.tender, lot: key.lot, seq, prev: prev === null ? new Uint8Array(32) : unhex(prev) },
    ...{ clientMs: now, ids: seedFiles.map((file) => unhex(file.envelope_id)), submitPk },
  });
  const envelopes = seedFiles.map((file) => unhex(file.envelope));
  return { submit, envelopes, hash: await submissionHash(submit) };
}

/**
 * The bidder's own release in mode J, which together with the trustees' opens the bid; only ever after the closing.
 * @param {SeedFile} seedFile
 * @returns {Promise<{ envelope: string, share: string, r: string } | null>} hex; null where the policy has no mode J
 */
export async function bidderHalf({ envelope_id: envelope, envelope: raw, policy, seed }) {
  const ctx = await contextHash(parseEnvelope(unhex(raw)).contextBytes);
  const { joint } = await secretsOf(await parsePolicy(unhex(policy)), unhex(seed), ctx);
  return joint && { envelope, share: hex(joint.share), r: hex(joint.r) };
}

/**
 * Offers the seed file for saving, as `<first 16 digits of the envelope id>.seed.json`.
 * @param {SeedFile} seedFile
 */
export function saveSeedFile(seedFile) {
  const url = URL.createObjectURL(new Blob([writeSeedFile(seedFile)], { type: "application/json" }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = `${seedFile.envelope_id.slice(0, 16)}.seed.json`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the download has begun by then
}

