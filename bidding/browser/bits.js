/**
 * Packing of polynomials: 256 values of d bits each, little-endian (FIPS 203 algorithms 5 and 6, FIPS 204 algorithms 16 to 19).
 */

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @param {Int32Array} f values below 2^d
 * @param {number} d at most 24
 * @returns {Bytes}
 */
export function pack(f, d) {
  const out = new Uint8Array((f.length * d) / 8);
  let [bits, held, at] = [0, 0, 0];
  for (const value of f) {
    bits |= value << held;
    for (held += d; held >= 8; held -= 8) {
      out[at++] = bits & 255;
      bits >>>= 8;
    }
  }
  return out;
}

/**
 * @param {Uint8Array} bytes 32 d of them
 * @param {number} d at most 24
 * @returns {Int32Array} 256 values below 2^d
 */
export function unpack(bytes, d) {
  const f = new Int32Array(256);
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < 256; i++) {
    for (; held < d; held += 8) bits |= bytes[at++] << held;
    f[i] = bits & ((1 << d) - 1);
    bits >>>= d;
    held -= d;
  }
  return f;
}
