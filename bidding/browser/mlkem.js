/**
 * ML-KEM-768 of FIPS 203, with the randomness as arguments (KeyGen_internal, Encaps_internal, Decaps).
 *
 * Node 20 has no ML-KEM and no browser's WebCrypto takes the message m from its caller, which SBE/1 needs
 * (§3.4).  Sizes in bytes: encapsulation key 1184, seed d || z 64, ciphertext 1088, message and secret 32.
 * Polynomials are Int32Array(256) with coefficients 0..3328; a vector is three of them.  The arithmetic on
 * secret values has no branch and no memory access that depends on them; JavaScript engines promise no more.
 */

import { pack, unpack } from "./bits.js";
import { concat, equal } from "./bytes.js";
import { sha3_256, sha3_512, shake128, shake256 } from "./keccak.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {Int32Array} Polynomial */

const Q = 3329;
const RANK = 3;
const ROOT = 17;
const HALF_INVERSE = 3303; // 128^-1 mod q

export const ENCAPSULATION_KEY_LENGTH = 1184;
export const CIPHERTEXT_LENGTH = 1088;

/** 17^(bit reversal of i in 7 bits), the order in which the transform needs the roots. */
const ZETAS = Int32Array.from({ length: 128 }, (_, i) => {
  let [zeta, square, exponent] = [1, ROOT, 0];
  for (let bit = 0; bit < 7; bit++) exponent |= ((i >> bit) & 1) << (6 - bit);
  for (let bit = 0; bit < 7; bit++) {
    if ((exponent >> bit) & 1) zeta = (zeta * square) % Q;
    square = (square * square) % Q;
  }
  return zeta;
});

/** Number-theoretic transform in place, FIPS 203 algorithm 9. @param {Polynomial} f */
function transform(f) {
  let i = 1;
  for (let length = 128; length >= 2; length /= 2) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = ZETAS[i++];
      for (let j = start; j < start + length; j++) {
        const t = (zeta * f[j + length]) % Q;
        f[j + length] = (f[j] - t + Q) % Q;
        f[j] = (f[j] + t) % Q;
      }
    }
  }
  return f;
}

/** Its inverse in place, algorithm 10. @param {Polynomial} f */
function transformBack(f) {
  let i = 127;
  for (let length = 2; length <= 128; length *= 2) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = ZETAS[i--];
      for (let j = start; j < start + length; j++) {
        const t = f[j];
        f[j] = (t + f[j + length]) % Q;
        f[j + length] = (zeta * (f[j + length] - t + Q)) % Q;
      }
    }
  }
  for (let j = 0; j < 256; j++) f[j] = (f[j] * HALF_INVERSE) % Q;
  return f;
}

/**
 * Sum of the products of two vectors in the transformed domain, algorithms 11 and 12.
 * @param {readonly Polynomial[]} a
 * @param {readonly Polynomial[]} b
 * @returns {Polynomial}
 */
function inner(a, b) {
  const sum = new Int32Array(256);
  for (let k = 0; k < RANK; k++) {
    for (let i = 0; i < 128; i++) {
      const [a0, a1, b0, b1] = [a[k][2 * i], a[k][2 * i + 1], b[k][2 * i], b[k][2 * i + 1]];
      const root = (i & 1 ? Q - ZETAS[64 + (i >> 1)] : ZETAS[64 + (i >> 1)]) % Q;
      sum[2 * i] = (sum[2 * i] + a0 * b0 + ((a1 * b1) % Q) * root) % Q;
      sum[2 * i + 1] = (sum[2 * i + 1] + a0 * b1 + a1 * b0) % Q;
    }
  }
  return sum;
}

/** @param {Polynomial} a @param {Polynomial} b @returns {Polynomial} */
const add = (a, b) => a.map((value, i) => (value + b[i]) % Q);

/** Uniform polynomial from a seed, algorithm 7. @param {Uint8Array} rho @param {number} column @param {number} row */
function uniform(rho, column, row) {
  const f = new Int32Array(256);
  // Five blocks suffice but for about one seed in 2^40; the stream is then taken again, longer.
  for (let blocks = 5; ; blocks *= 2) {
    const stream = shake128(concat(rho, Uint8Array.of(column, row)), 168 * blocks);
    let filled = 0;
    for (let i = 0; i < stream.length && filled < 256; i += 3) {
      const low = stream[i] | ((stream[i + 1] & 15) << 8);
      const high = (stream[i + 1] >> 4) | (stream[i + 2] << 4);
      if (low < Q) f[filled++] = low;
      if (high < Q && filled < 256) f[filled++] = high;
    }
    if (filled === 256) return f;
  }
}

/** The matrix A, or its transpose. @param {Uint8Array} rho @param {boolean} transposed */
function matrix(rho, transposed) {
  return [0, 1, 2].map((i) => [0, 1, 2].map((j) => (transposed ? uniform(rho, i, j) : uniform(rho, j, i))));
}

/** Centred binomial noise, eta = 2, algorithm 8 over PRF. @param {Uint8Array} sigma @param {number} nonce */
function noise(sigma, nonce) {
  const stream = shake256(concat(sigma, Uint8Array.of(nonce)), 128);
  return Int32Array.from({ length: 256 }, (_, i) => {
    const bits = stream[i >> 1] >> (4 * (i & 1));
    return ((bits & 1) + ((bits >> 1) & 1) - ((bits >> 2) & 1) - ((bits >> 3) & 1) + Q) % Q;
  });
}

/** Nearest multiple of q / 2^d, by a product instead of a division by q. @param {number} value @param {number} d */
function compress(value, d) {
  // value << d is below 2^22, where this quotient by q is exact.
  return Math.floor(((value << d) + 1664) * (1 / Q)) & ((1 << d) - 1);
}

/** @param {number} value @param {number} d */
const decompress = (value, d) => (value * Q + (1 << (d - 1))) >> d;

/** @param {Uint8Array} bytes @param {number} d @returns {Polynomial[]} */
function unpackVector(bytes, d) {
  return [0, 1, 2].map((i) => unpack(bytes.subarray(32 * d * i, 32 * d * (i + 1)), d));
}

/** K-PKE.Encrypt, algorithm 14. @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} coins @returns {Bytes} */
function encrypt(key, message, coins) {
  const t = unpackVector(key, 12);
  const a = matrix(key.subarray(1152), true);
  const y = [0, 1, 2].map((i) => transform(noise(coins, i)));
  const u = a.map((row, i) => add(transformBack(inner(row, y)), noise(coins, RANK + i)));
  const text = unpack(message, 1).map((bit) => decompress(bit, 1));
  const v = add(add(transformBack(inner(t, y)), noise(coins, 2 * RANK)), text);
  return concat(...u.map((f) => pack(f.map((x) => compress(x, 10)), 10)), pack(v.map((x) => compress(x, 4)), 4));
}

/** K-PKE.Decrypt, algorithm 15. @param {readonly Polynomial[]} s @param {Uint8Array} ciphertext @returns {Bytes} */
function decrypt(s, ciphertext) {
  const u = unpackVector(ciphertext, 10).map((f) => transform(f.map((x) => decompress(x, 10))));
  const product = transformBack(inner(s, u));
  const v = unpack(ciphertext.subarray(960), 4);
  return pack(v.map((x, i) => compress((decompress(x, 4) - product[i] + Q) % Q, 1)), 1);
}

/**
 * @param {Uint8Array} key
 * @returns {boolean} the length is right and no coefficient is q or more (FIPS 203 §7.2)
 */
export function isEncapsulationKey(key) {
  return key.length === ENCAPSULATION_KEY_LENGTH && unpackVector(key, 12).every((f) => f.every((x) => x < Q));
}

/**
 * @param {Uint8Array} seed d || z
 * @returns {{ key: Bytes, secret: Polynomial[], reject: Bytes }} encapsulation key, and what decapsulation needs
 * @throws {RangeError} a seed of another length
 */
export function generate(seed) {
  if (seed.length !== 64) throw new RangeError("an ML-KEM seed has 64 bytes");
  const expanded = sha3_512(concat(seed.subarray(0, 32), Uint8Array.of(RANK)));
  const [rho, sigma] = [expanded.subarray(0, 32), expanded.subarray(32)];
  const secret = [0, 1, 2].map((i) => transform(noise(sigma, i)));
  const errors = [0, 1, 2].map((i) => transform(noise(sigma, RANK + i)));
  const t = matrix(rho, false).map((row, i) => add(inner(row, secret), errors[i]));
  return { key: concat(...t.map((f) => pack(f, 12)), rho), secret, reject: seed.slice(32) };
}

/**
 * @param {Uint8Array} key encapsulation key
 * @param {Uint8Array} message m, 32 secret random bytes
 * @returns {{ shared: Bytes, ciphertext: Bytes }}
 * @throws {RangeError} no encapsulation key
 */
export function encapsulate(key, message) {
  if (!isEncapsulationKey(key)) throw new RangeError("not an ML-KEM-768 encapsulation key");
  const expanded = sha3_512(concat(message, sha3_256(key)));
  return { shared: expanded.slice(0, 32), ciphertext: encrypt(key, message, expanded.subarray(32)) };
}

/**
 * @param {Uint8Array} seed d || z
 * @param {Uint8Array} ciphertext
 * @returns {Bytes} the shared secret, or for a ciphertext that nobody made with `encapsulate`, a value that tells nothing
 * @throws {RangeError} seed or ciphertext of another length
 */
export function decapsulate(seed, ciphertext) {
  const { key, secret, reject } = generate(seed);
  if (ciphertext.length !== CIPHERTEXT_LENGTH) throw new RangeError("an ML-KEM-768 ciphertext has 1088 bytes");
  const message = decrypt(secret, ciphertext);
  const expanded = sha3_512(concat(message, sha3_256(key)));
  const mask = equal(ciphertext, encrypt(key, message, expanded.subarray(32))) ? 0xff : 0;
  return shake256(concat(reject, ciphertext), 32).map((byte, i) => (expanded[i] & mask) | (byte & ~mask));
}
