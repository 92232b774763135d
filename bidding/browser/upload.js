/**
 * Upload of one ciphertext: a tus 1.0 client (core, creation, checksum) that sends whole leaves.
 *
 * The server keeps whole leaves only, so an offset is always a leaf's boundary; after any interruption the
 * server is asked where it stands (HEAD) and the rest is sent.  No name, type or bidder goes into a header.
 */

import { base64, concat } from "./bytes.js";
import { HEADER, LEAF, leafSpan } from "./layout.js";
import { sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @typedef {object} Sending
 * @property {string} endpoint where uploads are created
 * @property {Record<string, string>} [headers] sent with each request, such as the form's token
 * @property {string | null} url of an upload that was begun before
 * @property {number} ctLength
 * @property {(leaf: number) => Promise<Bytes>} leaf the ciphertext's leaf; it throws when the file has changed, which ends the upload
 * @property {(url: string) => unknown} [onCreated] is awaited: keep the URL before anything is sent
 * @property {(bytes: number) => void} [onProgress] bytes since the last time that the server has, also those it had before
 * @property {AbortSignal} [signal]
 * @property {number} [patience] milliseconds without any success after which it gives up
 * @property {number} [firstPause] milliseconds before the first repetition; each further one waits twice as long, up to half a minute
 */

const VERSION = "1.0.0";
const MOST_LEAVES = 16;
const QUICK = 1_000;
const SLOW = 4_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
const PATIENCE = 15 * 60_000;

/** Statuses after which the same request may succeed later: busy, locked, too many, the checksum of a damaged request, trouble. */
const PASSING = [408, 409, 423, 425, 429, 460];

/** The server refused for good: not signed in, over the quota, too large, too late. */
export class UploadRefused extends Error {
  /** @param {number} status @param {string} code the problem's code, if the answer names one */
  constructor(status, code) {
    super(`the upload was refused: ${status} ${code}`.trim());
    this.name = "UploadRefused";
    this.status = status;
    this.code = code;
  }
}

/** Something that passes: the line, or the server.  It reaches the caller only when the patience is over. */
class Interrupted extends Error {
  /** @param {string} why @param {ErrorOptions} [options] */
  constructor(why, options) {
    super(why, options);
    this.name = "Interrupted";
  }
}

/** @param {number} milliseconds @param {AbortSignal} [signal] resolves early when the line is back or the job is cancelled */
function pauseOrOnline(milliseconds, signal) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        globalThis.removeEventListener?.("online", end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      globalThis.addEventListener?.("online", end);
      signal?.addEventListener("abort", end);
    })
  );
}

/**
 * @param {string} url
 * @param {RequestInit} request
 * @returns {Promise<Response>} one of success
 * @throws {Interrupted | UploadRefused}
 */
async function ask(url, request) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...request });
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw new Interrupted("no connection", { cause: error });
  }
  if (response.ok) return response;
  if (response.status >= 500 || PASSING.includes(response.status)) throw new Interrupted(`status ${response.status}`);
  throw new UploadRefused(response.status, await problemCode(response));
}

/** @param {Response} response @returns {Promise<string>} from a problem's `type`, `urn:sunlit:<code>` */
async function problemCode(response) {
  const body = await response.json().catch(() => null); // the status says enough where there is no problem document
  return typeof body?.type === "string" ? body.type.replace(/^urn:sunlit:/, "") : "";
}

/** @param {Response} response @returns {number} @throws {Interrupted} a proxy's answer, or a broken server's */
function offsetOf(response) {
  const offset = Number(response.headers.get("Upload-Offset") ?? NaN);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new Interrupted("no offset in the answer");
  return offset;
}

/** @param {number} offset @param {number} ctLength @returns {number} the leaf that begins there @throws {Interrupted} */
function leafAt(offset, ctLength) {
  const leaf = offset === 0 ? 0 : (offset - HEADER) / LEAF;
  if (!Number.isInteger(leaf) || offset > ctLength) throw new Interrupted(`an offset that is no leaf's: ${offset}`);
  return leaf;
}

/**
 * Sends what the server has not got, however often the line breaks.
 * @param {Sending} sending
 * @returns {Promise<string>} the upload's URL, once it is whole
 * @throws {UploadRefused} for good
 * @throws {import("./body.js").Changed} from `leaf`
 * @throws {Interrupted} no success within the patience; or the signal's reason
 */
export async function sendBody(sending) {
  const { endpoint, headers = {}, ctLength, onCreated, onProgress = () => {}, signal } = sending;
  const { patience = PATIENCE, firstPause = FIRST_PAUSE } = sending;
  const common = { ...headers, "Tus-Resumable": VERSION };
  let { url } = sending;
  let [told, leaves, wait] = [0, 1, firstPause];
  let success = Date.now();
  /** @type {number | null} */
  let offset = null; // null: the server has to be asked

  const tell = (/** @type {number} */ reached) => {
    if (reached > told) onProgress(reached - told);
    told = Math.max(told, reached);
  };

  const step = async () => {
    if (url === null) {
      const created = await ask(endpoint, { method: "POST", headers: { ...common, "Upload-Length": String(ctLength) }, signal });
      url = new URL(created.headers.get("Location") ?? "", new URL(endpoint, globalThis.location?.href)).href;
      await onCreated?.(url);
      offset = 0;
    }
    if (offset === null) offset = offsetOf(await ask(url, { method: "HEAD", headers: common, signal }));
    tell(offset);
    if (offset === ctLength) return;
    const first = leafAt(offset, ctLength);
    const batch = [];
    for (let leaf = first; leaf < first + leaves && leafSpan(leaf, ctLength).start < ctLength; leaf++) {
      batch.push(await sending.leaf(leaf));
    }
    const body = concat(...batch);
    const [from, began] = [offset, Date.now()];
    offset = null;
    const checksum = `sha256 ${base64(await sha256(body))}`;
    const part = { "Upload-Offset": String(from), "Upload-Checksum": checksum, "Content-Type": "application/offset+octet-stream" };
    offset = offsetOf(await ask(url, { method: "PATCH", headers: { ...common, ...part }, body, signal }));
    const took = Date.now() - began;
    if (took < QUICK) leaves = Math.min(2 * leaves, MOST_LEAVES);
    if (took > SLOW) leaves = Math.ceil(leaves / 2);
    tell(offset);
  };

  while (offset !== ctLength) {
    signal?.throwIfAborted();
    try {
      await step();
      [success, wait] = [Date.now(), firstPause];
    } catch (error) {
      const swept = error instanceof UploadRefused && [404, 410].includes(error.status) && url !== null;
      if (!(swept || error instanceof Interrupted) || Date.now() - success > patience) throw error;
      if (swept) url = null; // it is gone there: begin again
      [offset, leaves] = [null, 1];
      await pauseOrOnline(wait * (0.5 + Math.random() / 2), signal);
      wait = Math.min(2 * wait, LONGEST_PAUSE);
    }
  }
  return /** @type {string} */ (url);
}
