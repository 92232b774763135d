/**
 * ML-DSA-44 and ML-DSA-65 of FIPS 204, pure, with the empty context string.
 *
 * Few browsers have it and Node 20 has not; receipts carry ML-DSA-44 lines (trace-log §1.5) and SBE/1 allows
 * ML-DSA-65 keys (§3.4).  A private key is its seed of 32 bytes.  Polynomials are Int32Array(256) with
 * coefficients 0..q-1; `centred` gives the representatives around 0.
 */

import { pack, unpack } from "./bits.js";
import { concat, equal } from "./bytes.js";
import { shake128, shake256 } from "./keccak.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {Int32Array} Polynomial */

/**
 * @typedef {object} Parameters
 * @property {number} k
 * @property {number} l
 * @property {number} eta
 * @property {number} tau
 * @property {number} gamma1
 * @property {number} gamma2
 * @property {number} omega
 * @property {number} challenge bytes
 */

const Q = 8_380_417;
const ROOT = 1753;
const DROPPED = 13;
const N_INVERSE = 8_347_681; // 256^-1 mod q
const MESSAGE_PREFIX = new Uint8Array(2); // pure, context string of length 0

/** @type {Readonly<Record<"ML-DSA-44" | "ML-DSA-65", Parameters>>} */
export const SETS = Object.freeze({
  "ML-DSA-44": { k: 4, l: 4, eta: 2, tau: 39, gamma1: 2 ** 17, gamma2: (Q - 1) / 88, omega: 80, challenge: 32 },
  "ML-DSA-65": { k: 6, l: 5, eta: 4, tau: 49, gamma1: 2 ** 19, gamma2: (Q - 1) / 32, omega: 55, challenge: 48 },
});

/** Product mod q; below 2^46, where JavaScript's numbers are exact. @param {number} a @param {number} b */
const times = (a, b) => (a * b) % Q;

/** @param {number} value */
const reduce = (value) => ((value % Q) + Q) % Q;

/** @param {number} value 0..q-1 */
const centred = (value) => (value > (Q - 1) / 2 ? value - Q : value);

/** @param {number} count */
const range = (count) => Array.from({ length: count }, (_, i) => i);

const ZETAS = Int32Array.from({ length: 256 }, (_, i) => {
  let [zeta, square] = [1, ROOT];
  for (let bit = 7; bit >= 0; bit--) {
    if ((i >> bit) & 1) zeta = times(zeta, square);
    square = times(square, square);
  }
  return zeta;
});

/** Algorithm 41, in place. @param {Polynomial} f */
function transform(f) {
  let m = 0;
  for (let length = 128; length >= 1; length /= 2) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = ZETAS[++m];
      for (let j = start; j < start + length; j++) {
        const t = times(zeta, f[j + length]);
        f[j + length] = (f[j] - t + Q) % Q;
        f[j] = (f[j] + t) % Q;
      }
    }
  }
  return f;
}

/** Algorithm 42, in place. @param {Polynomial} f */
function transformBack(f) {
  let m = 256;
  for (let length = 1; length < 256; length *= 2) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = Q - ZETAS[--m];
      for (let j = start; j < start + length; j++) {
        const t = f[j];
        f[j] = (t + f[j + length]) % Q;
        f[j + length] = times(zeta, t - f[j + length] + Q);
      }
    }
  }
  for (let j = 0; j < 256; j++) f[j] = times(f[j], N_INVERSE);
  return f;
}

/** @param {Polynomial} a @param {Polynomial} b @returns {Polynomial} */
const add = (a, b) => a.map((value, i) => (value + b[i]) % Q);

/** @param {Polynomial} a @param {Polynomial} b @returns {Polynomial} */
const subtract = (a, b) => a.map((value, i) => (value - b[i] + Q) % Q);

/** In the transformed domain. @param {Polynomial} a @param {Polynomial} b @returns {Polynomial} */
const pointwise = (a, b) => a.map((value, i) => times(value, b[i]));

/** A vector of the matrix's product, back in the plain domain. @param {Polynomial[][]} a @param {Polynomial[]} v transformed */
const product = (a, v) => a.map((row) => transformBack(row.map((f, i) => pointwise(f, v[i])).reduce(add)));

/**
 * Coefficients by rejection from a stream, which is taken longer until it suffices.
 * @param {(length: number) => Uint8Array} stream
 * @param {number} length that nearly always suffices
 * @param {(bytes: Uint8Array) => number[]} read candidates that are taken
 * @returns {Polynomial}
 */
function reject(stream, length, read) {
  for (; ; length *= 2) {
    const values = read(stream(length));
    if (values.length >= 256) return Int32Array.from(values.slice(0, 256));
  }
}

/** The matrix A, transformed; algorithm 32. @param {Uint8Array} rho @param {Parameters} set */
function matrix(rho, { k, l }) {
  const entry = (/** @type {number} */ row, /** @type {number} */ column) =>
    reject((length) => shake128(concat(rho, Uint8Array.of(column, row)), length), 5 * 168, (bytes) => {
      const values = [];
      for (let i = 0; i + 2 < bytes.length; i += 3) {
        const value = bytes[i] | (bytes[i + 1] << 8) | ((bytes[i + 2] & 127) << 16);
        if (value < Q) values.push(value);
      }
      return values;
    });
  return range(k).map((row) => range(l).map((column) => entry(row, column)));
}

/** A short polynomial; algorithm 31. @param {Uint8Array} seed @param {number} nonce @param {number} eta @returns {Polynomial} */
function short(seed, nonce, eta) {
  const input = concat(seed, Uint8Array.of(nonce & 255, nonce >> 8));
  return reject((length) => shake256(input, length), 3 * 136, (bytes) => {
    const values = [];
    for (const half of [...bytes].flatMap((byte) => [byte & 15, byte >> 4])) {
      if (eta === 2 && half < 15) values.push(reduce(2 - (half % 5)));
      if (eta === 4 && half < 9) values.push(reduce(4 - half));
    }
    return values;
  });
}

/** The challenge's polynomial, transformed; algorithm 29. @param {Uint8Array} challenge @param {number} tau */
function ball(challenge, tau) {
  for (let length = 272; ; length *= 2) {
    const bytes = shake256(challenge, length);
    const c = new Int32Array(256);
    let at = 8;
    let i = 256 - tau;
    for (; i < 256; i++) {
      while (at < length && bytes[at] > i) at++;
      if (at >= length) break;
      const j = bytes[at++];
      const sign = i + tau - 256;
      c[i] = c[j];
      c[j] = (bytes[sign >> 3] >> (sign & 7)) & 1 ? Q - 1 : 1;
    }
    if (i === 256) return transform(c);
  }
}

/** Algorithm 36. @param {number} r @param {number} gamma2 @returns {[number, number]} high and low part */
function decompose(r, gamma2) {
  let low = r % (2 * gamma2);
  if (low > gamma2) low -= 2 * gamma2;
  return r - low === Q - 1 ? [0, low - 1] : [(r - low) / (2 * gamma2), low];
}

/** @param {readonly Polynomial[]} w1 high parts @param {number} gamma2 @returns {Bytes} */
const encodeHigh = (w1, gamma2) => concat(...w1.map((f) => pack(f, gamma2 === (Q - 1) / 88 ? 6 : 4)));

/** @param {readonly Polynomial[]} vector @returns {number} the greatest absolute value */
const norm = (vector) => Math.max(...vector.map((f) => f.reduce((most, value) => Math.max(most, Math.abs(centred(value))), 0)));

/** Bits of a coefficient of z. @param {Parameters} set */
const maskBits = ({ gamma1 }) => Math.log2(gamma1) + 1;

/** @param {Uint8Array} pk @param {Uint8Array} message @returns {Bytes} mu */
const digest = (pk, message) => shake256(concat(shake256(pk, 64), MESSAGE_PREFIX, message), 64);

/** @param {Uint8Array} seed @param {Parameters} set */
function expand(seed, set) {
  if (seed.length !== 32) throw new RangeError("an ML-DSA private key has 32 bytes");
  const { k, l, eta } = set;
  const bytes = shake256(concat(seed, Uint8Array.of(k, l)), 128);
  const [rho, rhoPrime, key] = [bytes.slice(0, 32), bytes.slice(32, 96), bytes.slice(96)];
  const a = matrix(rho, set);
  const s1 = range(l).map((i) => transform(short(rhoPrime, i, eta)));
  const s2 = range(k).map((i) => short(rhoPrime, l + i, eta));
  const t = product(a, s1).map((f, i) => add(f, s2[i]));
  const t1 = t.map((f) => f.map((value) => (value + (1 << (DROPPED - 1)) - 1) >> DROPPED));
  const t0 = t.map((f, i) => transform(f.map((value, j) => reduce(value - (t1[i][j] << DROPPED)))));
  return { a, key, s1, s2: s2.map(transform), t0, pk: concat(rho, ...t1.map((f) => pack(f, 10))) };
}

/**
 * @param {keyof typeof SETS} name
 * @param {Uint8Array} seed private key
 * @returns {Bytes} public key
 * @throws {RangeError} a seed of another length
 */
export const publicFromSeed = (name, seed) => expand(seed, SETS[name]).pk;

/**
 * Algorithm 7.
 * @param {keyof typeof SETS} name
 * @param {Uint8Array} seed private key
 * @param {Uint8Array} message
 * @param {Uint8Array} rnd 32 random bytes, or zeros for the deterministic variant
 * @returns {Bytes}
 * @throws {RangeError} a seed of another length
 */
export function sign(name, seed, message, rnd) {
  const set = SETS[name];
  const { k, l, eta, tau, gamma1, gamma2, omega, challenge: length } = set;
  const { a, key, s1, s2, t0, pk } = expand(seed, set);
  const mu = digest(pk, message);
  const rho = shake256(concat(key, rnd, mu), 64);
  const beta = tau * eta;
  for (let kappa = 0; ; kappa += l) {
    const y = range(l).map((i) => {
      const bytes = shake256(concat(rho, Uint8Array.of((kappa + i) & 255, (kappa + i) >> 8)), 32 * maskBits(set));
      return unpack(bytes, maskBits(set)).map((value) => reduce(gamma1 - value));
    });
    const w = product(a, y.map((f) => transform(f.slice())));
    const w1 = w.map((f) => f.map((value) => decompose(value, gamma2)[0]));
    const challenge = shake256(concat(mu, encodeHigh(w1, gamma2)), length);
    const c = ball(challenge, tau);
    const z = y.map((f, i) => add(f, transformBack(pointwise(c, s1[i]))));
    const rest = w.map((f, i) => subtract(f, transformBack(pointwise(c, s2[i]))));
    const low = rest.map((f) => f.map((value) => reduce(decompose(value, gamma2)[1])));
    if (norm(z) >= gamma1 - beta || norm(low) >= gamma2 - beta) continue;
    const ct0 = t0.map((f) => transformBack(pointwise(c, f)));
    const hints = rest.map((f, i) => {
      const whole = add(f, ct0[i]);
      return range(256).filter((j) => decompose(f[j], gamma2)[0] !== decompose(whole[j], gamma2)[0]);
    });
    if (norm(ct0) >= gamma2 || hints.flat().length > omega) continue;
    const hint = new Uint8Array(omega + k);
    hint.set(hints.flat());
    hints.reduce((sum, places, i) => (hint[omega + i] = sum + places.length), 0);
    return concat(challenge, ...z.map((f) => pack(f.map((value) => gamma1 - centred(value)), maskBits(set))), hint);
  }
}

/** Algorithm 21. @param {Uint8Array} hint @param {Parameters} set @returns {number[][] | null} places, null when malformed */
function unpackHint(hint, { k, omega }) {
  let at = 0;
  const places = [];
  for (let i = 0; i < k; i++) {
    const end = hint[omega + i];
    if (end < at || end > omega) return null;
    const mine = [...hint.subarray(at, end)];
    if (mine.some((place, j) => j > 0 && place <= mine[j - 1])) return null;
    places.push(mine);
    at = end;
  }
  return hint.subarray(at, omega).every((byte) => byte === 0) ? places : null;
}

/**
 * Algorithm 8.
 * @param {keyof typeof SETS} name
 * @param {Uint8Array} pk
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @returns {boolean} false also for a key or signature of another length
 */
export function verify(name, pk, signature, message) {
  const set = SETS[name];
  const { k, l, eta, tau, gamma1, gamma2, omega, challenge: length } = set;
  const bytes = 32 * maskBits(set);
  if (pk.length !== 32 + 320 * k || signature.length !== length + l * bytes + omega + k) return false;
  const challenge = signature.subarray(0, length);
  const packed = signature.subarray(length, length + l * bytes);
  const places = unpackHint(signature.subarray(length + l * bytes), set);
  const z = range(l).map((i) =>
    unpack(packed.subarray(i * bytes, (i + 1) * bytes), maskBits(set)).map((value) => reduce(gamma1 - value)),
  );
  if (places === null || norm(z) >= gamma1 - tau * eta) return false;
  const c = ball(challenge, tau);
  const az = product(matrix(pk.subarray(0, 32), set), z.map(transform));
  const most = (Q - 1) / (2 * gamma2);
  const w1 = az.map((f, i) => {
    const t1 = unpack(pk.subarray(32 + 320 * i, 352 + 320 * i), 10).map((value) => value << DROPPED);
    const approximate = subtract(f, transformBack(pointwise(c, transform(t1))));
    return approximate.map((value, j) => {
      const [high, low] = decompose(value, gamma2);
      return places[i].includes(j) ? (high + (low > 0 ? 1 : most - 1)) % most : high;
    });
  });
  return equal(challenge, shake256(concat(digest(pk, message), encodeHigh(w1, gamma2)), length));
}
