/**
 * A crew of workers for the passes over a body: one thread of WebCrypto is slower than disks are.
 *
 * A member is handed the body's derived keys and the Blob itself; both stay inside the browser.
 */

import { BLOCK } from "./layout.js";
import { connect } from "./line.js";

/** @typedef {import("./body.js").Member} Member */
/** @typedef {import("./body.js").Source} Source */
/** @typedef {import("./cobblestone.js").Fill} Fill */
/** @typedef {Source & { blob: Blob }} BlobSource */

const LARGEST = 4;

/** Bytes that are read at once, a multiple of a block: larger reads cost less each, smaller ones less memory. */
const UNIT = 16 * BLOCK;

/** @param {Blob} blob @returns {BlobSource} */
export function blobSource(blob) {
  const read = async (/** @type {number} */ start, /** @type {number} */ end) =>
    new Uint8Array(await blob.slice(start, end).arrayBuffer());
  return { length: blob.size, blob, read, stream: (start, end) => fillFrom(blob.slice(start, end)) };
}

/**
 * A Blob in pieces that never straddle a unit, the next unit being read while this one is worked on.
 * (Readers that bring their own memory would cost less, but were seen to stall in Chromium.)
 * @param {Blob} blob
 * @returns {Fill}
 */
function fillFrom(blob) {
  const read = (/** @type {number} */ start) => {
    const coming = blob.slice(start, start + UNIT).arrayBuffer();
    coming.catch(() => {}); // thrown where it is awaited
    return coming;
  };
  let from = 0;
  let unit = new Uint8Array(0);
  let coming = read(0);
  return async (buffer, at, length) => {
    if (from % UNIT === 0) {
      unit = new Uint8Array(await coming);
      if (from + UNIT < blob.size) coming = read(from + UNIT);
    }
    const start = from % UNIT;
    if (unit.length < start + length) throw new RangeError("a file that is shorter than it says");
    new Uint8Array(buffer, at, length).set(unit.subarray(start, start + length));
    from += length;
    return buffer;
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
