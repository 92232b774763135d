/**
 * What a bid's bodies hold: body 0 is the sealed index, body 1 the attachments back to back (SBE/1 §3).
 *
 * The index is one JSON object in RFC 8785 form, padded with spaces to a multiple of 64 KiB; the attachments
 * are padded with zero bytes to their Padmé length, so that sizes tell little.
 */

import { concat, hex, text, utf8 } from "./bytes.js";
import { H } from "./derive.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @typedef {object} FileLine
 * @property {string} name
 * @property {string} type media type, may be empty
 * @property {number} body 1
 * @property {number} offset in the body, bytes
 * @property {number} length bytes
 * @property {string} sha256 hex
 *
 * @typedef {object} Index
 * @property {string} bidder_id
 * @property {string} blind hex, 32 bytes: with bidder_id it gives the envelope's bidder_tag
 * @property {string[]} certificates base64 of DER, the signer's first; empty without a signature
 * @property {FileLine[]} files
 * @property {Record<string, unknown>} form what the tender asks for; money and decimals as strings
 * @property {string} [signature] base64: the bidder's own over `bidDigest`
 */

const INDEX_UNIT = 65_536;
const SPACE = 0x20;
const ZEROS = 2 ** 20;

/**
 * RFC 8785: members sorted, no blanks, JavaScript's own form of strings and numbers.
 * @param {unknown} value of JSON
 * @returns {string}
 * @throws {RangeError} a number that is not a safe integer, a lone surrogate, a member's name beyond ASCII
 * @throws {TypeError} no value of JSON
 */
export function canonical(value) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError(`${value} has to be a string`);
  if (typeof value === "string") utf8(value);
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`${typeof value} in JSON`);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name] of members) if (!/^[\x20-\x7e]*$/.test(name)) throw new RangeError(`the name ${name} is not ASCII`);
  return `{${members.map(([name, member]) => `${canonical(name)}:${canonical(member)}`).join(",")}}`;
}

/**
 * What the bidder's certificate signs.
 * @param {Bytes} ctx
 * @param {Index} index with or without a signature
 * @returns {Promise<Bytes>} H("sbe/1 bid"; ctx, index without signature), 32 bytes
 */
export function bidDigest(ctx, index) {
  const { signature: _, ...unsigned } = index;
  return H("sbe/1 bid", ctx, utf8(canonical(unsigned)));
}

/** @param {Index} index @returns {Bytes} body 0 */
export function encodeIndex(index) {
  const bytes = utf8(canonical(index));
  const padding = Math.max(1, Math.ceil(bytes.length / INDEX_UNIT)) * INDEX_UNIT - bytes.length;
  return concat(bytes, new Uint8Array(padding).fill(SPACE));
}

/**
 * @param {Uint8Array} body body 0
 * @returns {Index}
 * @throws {SyntaxError | RangeError} not an index as `encodeIndex` writes it
 */
export function decodeIndex(body) {
  const index = JSON.parse(text(body));
  if (hex(encodeIndex(index)) !== hex(body)) throw new RangeError("an index in another form than RFC 8785, or padded otherwise");
  return index;
}

/** Floor of the binary logarithm. @param {number} n at least 1 */
const log2 = (n) => BigInt(n).toString(2).length - 1;

/** @param {number} length @returns {number} the Padmé length: at most 12 % more, and it tells few bits of the true one */
export function padme(length) {
  if (length < 2) return length;
  const exponent = log2(length);
  const unit = 2 ** (exponent - log2(exponent) - 1);
  return Math.ceil(length / unit) * unit;
}

/**
 * Body 1.  A Blob of Blobs copies nothing: the files stay on the disk until they are read.
 * @param {readonly Blob[]} files
 * @returns {Blob}
 */
export function attachments(files) {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const padding = padme(total) - total;
  const block = new Blob([new Uint8Array(Math.min(ZEROS, padding))]);
  const zeros = Array.from({ length: Math.ceil(padding / ZEROS) }, (_, i) => block.slice(0, padding - i * ZEROS));
  return new Blob([...files, ...zeros]);
}

/**
 * @param {readonly File[]} files
 * @param {readonly Bytes[]} hashes SHA-256 of each
 * @returns {FileLine[]}
 */
export function fileTable(files, hashes) {
  let offset = 0;
  return files.map(({ name, type, size }, i) => {
    const line = { name, type, body: 1, offset, length: size, sha256: hex(hashes[i]) };
    offset += size;
    return line;
  });
}
