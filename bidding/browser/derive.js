/**
 * How SBE/1 hashes and derives: H, and X, from which every random choice of an envelope comes (§3).
 */

import { concat, uint, utf8 } from "./bytes.js";
import { hmac, sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {(label: Uint8Array, length: number) => Promise<Bytes>} Derivation */

/** Bytes of a seed.  HMAC pads its key with zeros, so another length could stand for the same values. */
export const SEED_LENGTH = 32;

/** Bytes of an HMAC-SHA-512 value, one block of HKDF-Expand. */
const BLOCK = 64;

/**
 * H(L; x1..xm) = SHA-256(lp(L) || lp(x1) || ...), lp(x) = u64(len) || x.
 * @param {string} label ASCII
 * @param {...Uint8Array} fields
 * @returns {Promise<Bytes>} 32 bytes
 */
export function H(label, ...fields) {
  return sha256(concat(...[utf8(label), ...fields].flatMap((field) => [uint(field.length, 8), field])));
}

/**
 * HKDF-Expand of RFC 5869 with SHA-512.  WebCrypto's own HKDF insists on Extract.
 * @param {Bytes} prk
 * @param {Uint8Array} info
 * @param {number} length at most 255 * 64
 * @returns {Promise<Bytes>}
 */
export async function expand512(prk, info, length) {
  return expand(await hmac("SHA-512", prk), BLOCK, info, length);
}

/**
 * HKDF-Expand over any HMAC.
 * @param {(message: Bytes) => Promise<Bytes>} mac keyed with the pseudo-random key
 * @param {number} block its length in bytes
 * @param {Uint8Array} info
 * @param {number} length
 * @returns {Promise<Bytes>}
 */
export async function expand(mac, block, info, length) {
  const out = new Uint8Array(Math.ceil(length / block) * block);
  let last = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; at += block, counter++) {
    last = await mac(concat(last, info, uint(counter, 1)));
    out.set(last, at);
  }
  return out.slice(0, length);
}

/**
 * The derivation of one envelope: X(label, n) = HKDF-Expand-SHA512(S, "sbe/1 " || label || 0x00 || ctx, n).
 * @param {Bytes} seed S, 32 bytes
 * @param {Uint8Array} ctx
 * @returns {Promise<Derivation>}
 * @throws {RangeError} a seed of another length
 */
export async function deriveFrom(seed, ctx) {
  if (seed.length !== SEED_LENGTH) throw new RangeError(`a seed has ${SEED_LENGTH} bytes, not ${seed.length}`);
  const mac = await hmac("SHA-512", seed);
  return (label, length) => expand(mac, BLOCK, concat(utf8("sbe/1 "), label, Uint8Array.of(0), ctx), length);
}

/**
 * A label of X: the word, and the number that follows it on the wire.
 * @param {string} word
 * @param {number} [number]
 * @param {number} [width] of the number, in bytes
 */
export function label(word, number, width = 1) {
  return number === undefined ? utf8(word) : concat(utf8(word), uint(number, width));
}
