/**
 * Receipts: a proof that one act stands in the log, checked here without asking the platform (trace-log §1.7, §5.1).
 *
 * A page says "submitted" only after `checkReceipt` and `isReceiptOf` have passed.
 */

import { base64, concat, equal, hex, text, utf8 } from "./bytes.js";
import { includes, leafHash } from "./merkle.js";
import { Fault, must, strictBase64, strictNumber } from "./notes.js";
import { hmac } from "./platform.js";
import { checkCheckpoint } from "./trust.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @typedef {object} Receipt what a verified one shows
 * @property {bigint} index of the entry
 * @property {bigint} size of the tree that holds it
 * @property {Bytes} root
 * @property {Bytes} entry
 * @property {Bytes | null} salt
 * @property {Bytes | null} body canonical JSON; null when the file has no opening
 * @property {Map<string, bigint>} times POSIX seconds by `name+id` of those who signed; 0: no time stated
 */

const HEADER = "c2sp.org/tlog-proof@v1";
const MOST_PATH = 63;
const MOST_BODY = 60_000;
const MOST_BYTES = 384 * 1024;

/** The beginning of a file up to the first empty line, and the rest. @param {Uint8Array} file */
function split(file) {
  for (let i = 0; i + 1 < file.length; i++) {
    if (file[i] === 10 && file[i + 1] === 10) return { head: file.subarray(0, i), rest: file.subarray(i + 2) };
  }
  throw new Fault("PROOF_BAD", "no empty line after the path");
}

/**
 * @param {Uint8Array} file
 * @returns {{ index: bigint, path: Bytes[], extra: Bytes | null, checkpoint: Uint8Array }}
 * @throws {Fault} `PROOF_BAD`
 */
export function parseProof(file) {
  must("PROOF_BAD", file.length <= MOST_BYTES, "too long");
  const { head, rest } = split(file);
  must("PROOF_BAD", rest.length > 0 && head.every((byte) => byte < 0x80), "no checkpoint, or not ASCII before it");
  const lines = text(head).split("\n");
  must("PROOF_BAD", lines.shift() === HEADER, "another first line");
  /** @type {Bytes | null} */
  let extra = null;
  if (lines[0]?.startsWith("extra ")) {
    extra = strictBase64(/** @type {string} */ (lines.shift()).slice("extra ".length));
    must("PROOF_BAD", extra !== null, "extra is not base64");
  }
  const indexLine = lines.shift() ?? "";
  const index = indexLine.startsWith("index ") ? strictNumber(indexLine.slice("index ".length)) : null;
  if (index === null) throw new Fault("PROOF_BAD", "no index");
  const path = lines.map(strictBase64).filter((hash) => hash !== null && hash.length === 32);
  must("PROOF_BAD", path.length === lines.length && path.length <= MOST_PATH, "the path");
  return { index, path: /** @type {Bytes[]} */ (path), extra, checkpoint: rest };
}

/**
 * @param {Bytes} opening base64(salt) || newline || body
 * @returns {{ salt: Bytes, body: Bytes }}
 * @throws {Fault} `BODY_BAD`
 */
export function parseOpening(opening) {
  const front = opening.slice(0, 45);
  const ascii = front.length === 45 && front.every((byte) => byte < 0x80) && front[44] === 10;
  const salt = ascii ? strictBase64(text(front.slice(0, 44))) : null;
  if (salt === null || salt.length !== 32) throw new Fault("BODY_BAD", "no salt of 32 bytes");
  const body = opening.slice(45);
  must("BODY_BAD", body.length > 0 && body.length <= MOST_BODY, "length of the body");
  return { salt, body };
}

/** The public entry of a body: 61 bytes. @param {Bytes} salt @param {Uint8Array} body @returns {Promise<Bytes>} */
export async function entryOf(salt, body) {
  const commitment = await (await hmac("SHA-256", salt))(concat(utf8("sunlit/event/v1\0"), body));
  return utf8(`sunlit/trace/v1\n${base64(commitment)}\n`);
}

/**
 * Steps 1 to 4 of the verification.
 * @param {Uint8Array} file
 * @param {import("./trust.js").Trust} trust the bidder's own policy, never one that came with the receipt
 * @param {Bytes} [entry] when it is known from elsewhere
 * @returns {Promise<Receipt>}
 * @throws {Fault} the first that applies of `PROOF_BAD`, `NOTE_BAD`, `ORIGIN_BAD`, `SIG_BAD`, `SIG_MISSING`, `QUORUM_MISSING`,
 *   `BODY_BAD`, `BODY_MISMATCH`, `INCLUSION_BAD`
 */
export async function checkReceipt(file, trust, entry) {
  const { index, path, extra, checkpoint } = parseProof(file);
  must("PROOF_BAD", extra !== null || entry !== undefined, "neither an opening nor an entry to prove");
  const { origin: _, ...tree } = await checkCheckpoint(checkpoint, trust);
  const opening = extra === null ? null : parseOpening(extra);
  const opened = opening === null ? entry : await entryOf(opening.salt, opening.body);
  if (opened === undefined) throw new Fault("PROOF_BAD", "nothing to prove");
  must("BODY_MISMATCH", entry === undefined || equal(entry, opened), "the opening is another entry's");
  const stands = await includes(index, tree.size, await leafHash(opened), path, tree.root);
  must("INCLUSION_BAD", stands, "the path does not lead to the root");
  return { index, ...tree, entry: opened, salt: opening && opening.salt, body: opening && opening.body };
}

/**
 * @param {Receipt} receipt verified
 * @param {Uint8Array} submit the bytes that were handed in
 * @param {readonly Uint8Array[]} envelopes those that came with it
 * @returns {{ id: string, rx: string, at: string } | null} the event's id, when its last byte arrived (the time that counts) and when
 *   it was decided; null when the receipt is about something else, or about a refusal
 */
export function isReceiptOf({ body }, submit, envelopes) {
  if (body === null) return null;
  const { act, data, id, rx, at } = JSON.parse(text(body));
  const command = data?.command;
  const same = command?.submit === hex(submit) && JSON.stringify(command.envelopes ?? []) === JSON.stringify(envelopes.map(hex));
  const accepted = (act === "bid.submitted" || act === "bid.withdrawn") && data.outcome?.refused === undefined;
  return same && accepted ? { id, rx: rx ?? at, at } : null;
}
