/**
 * A crew of workers for the passes over a body: one thread of WebCrypto is slower than disks are.
 *
 * A member is handed the body's derived keys and the Blob itself; both stay inside the browser.
 */

import { connect } from "./line.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./body.js").Member} Member */
/** @typedef {import("./body.js").Source} Source */
/** @typedef {Source & { blob: Blob }} BlobSource */

const LARGEST = 4;

/** @param {Blob} blob @returns {BlobSource} */
export function blobSource(blob) {
  return {
    length: blob.size,
    blob,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/**
 * @param {number} cores of the machine
 * @param {() => Worker} hire starts one worker of `worker.js`
 * @returns {{ pass: (kind: "stretch" | "check") => Member[], dismiss: () => void }}
 */
export function gather(cores, hire) {
  const lines = Array.from({ length: Math.max(1, Math.min(cores, LARGEST)) }, () => connect(hire()));
  return {
    pass: (kind) =>
      lines.map((line) => (secrets, source, from, to) => {
        const { blob } = /** @type {BlobSource} */ (source);
        return line.call(kind, { secrets, blob, from, to });
      }),
    dismiss: () => lines.forEach((line) => line.close()),
  };
}
