/**
 * Byte strings: the few operations that every part of the sealer shares.
 *
 * Integers on the wire are big-endian.  Text is UTF-8, taken as it stands: never normalised, a byte order
 * mark is a character like any other, and what is not well formed is refused instead of repaired.
 */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A byte string over memory of its own, which is what WebCrypto takes.
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 */

/**
 * @param {...Uint8Array} parts
 * @returns {Bytes} the parts back to back
 */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @returns {boolean} same length and same bytes; the time depends on the length alone
 */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/**
 * @param {string} text
 * @returns {Bytes} its UTF-8
 * @throws {RangeError} the text has a lone surrogate, which has no UTF-8
 */
export function utf8(text) {
  const bytes = ENCODER.encode(text);
  if (DECODER.decode(bytes) !== text) throw new RangeError("text with a lone surrogate");
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {TypeError} the bytes are not UTF-8
 */
export function text(bytes) {
  return DECODER.decode(bytes);
}

/**
 * @param {number | bigint} value
 * @param {number} width in bytes, 1 to 8
 * @returns {Bytes} big-endian
 * @throws {RangeError} the value is no integer or does not fit
 */
export function uint(value, width) {
  let rest = BigInt(value);
  if (rest < 0n || rest >> BigInt(8 * width)) throw new RangeError(`${value} does not fit ${width} bytes`);
  const out = new Uint8Array(width);
  for (let i = width - 1; i >= 0; i--) {
    out[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return out;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} lower case
 */
export function hex(bytes) {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

/**
 * @param {string} digits
 * @returns {Bytes}
 * @throws {RangeError} anything but pairs of hexadecimal digits
 */
export function unhex(digits) {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits)) throw new RangeError("not hexadecimal");
  const out = new Uint8Array(digits.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} standard base64 with padding
 */
export function base64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * @param {string} encoded
 * @returns {Bytes}
 * @throws {RangeError} the text is not the one standard base64 form of some bytes (spare bits, missing `=`, blanks)
 */
export function unbase64(encoded) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4) throw new RangeError("not base64");
  const out = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  if (base64(out) !== encoded) throw new RangeError("base64 with spare bits");
  return out;
}

/** The member `x`, `y` or `d` of a JSON Web Key. @param {string} encoded @returns {Bytes} */
export function unbase64url(encoded) {
  const standard = encoded.replaceAll("-", "+").replaceAll("_", "/");
  return unbase64(standard + "=".repeat(-standard.length & 3));
}
