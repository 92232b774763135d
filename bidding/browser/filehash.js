/**
 * SHA-256 of a file of any size, for the index's file table.
 *
 * WebCrypto has no incremental hash: a file of up to `WHOLE` bytes is read at once and hashed by the
 * platform, a larger one runs through the rounds of FIPS 180-4 written here, in constant memory.
 */

import { sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const WHOLE = 64 * 2 ** 20;
const STEP = 4 * 2 ** 20;

/** Fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const [K, INITIAL] = (() => {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  // In integers: floor(root(p * 2^(32 e))) mod 2^32 by bisection, so no platform's rounding matters.
  const fraction = (/** @type {number} */ prime, /** @type {bigint} */ exponent) => {
    const target = BigInt(prime) << (32n * exponent);
    let [low, high] = [0n, 1n << 40n];
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** exponent <= target) low = middle;
      else high = middle;
    }
    return Number(low & 0xffffffffn);
  };
  return [Int32Array.from(primes, (p) => fraction(p, 3n)), Int32Array.from(primes.slice(0, 8), (p) => fraction(p, 2n))];
})();

/** The hash as bytes come in. */
export class Sha256 {
  constructor() {
    this.state = INITIAL.slice();
    this.schedule = new Int32Array(64);
    this.rest = new Uint8Array(64);
    this.held = 0;
    this.length = 0;
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    if (this.held > 0) {
      at = Math.min(64 - this.held, bytes.length);
      this.rest.set(bytes.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return;
      this.#blocks(this.rest, 0, 64);
    }
    const whole = at + ((bytes.length - at) & ~63);
    this.#blocks(bytes, at, whole);
    this.rest.set(bytes.subarray(whole));
    this.held = bytes.length - whole;
  }

  /** @returns {Bytes} 32 bytes; the object is used up */
  digest() {
    const bits = BigInt(this.length) * 8n;
    const padding = new Uint8Array((this.held < 56 ? 64 : 128) - this.held);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    const out = new Uint8Array(32);
    const view = new DataView(out.buffer);
    this.state.forEach((word, i) => view.setInt32(4 * i, word));
    return out;
  }

  /** @param {Uint8Array} bytes @param {number} start @param {number} end whole blocks of 64 */
  #blocks(bytes, start, end) {
    const { state, schedule: w } = this;
    for (let at = start; at < end; at += 64) {
      for (let i = 0, p = at; i < 16; i++, p += 4) {
        w[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
      }
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15];
        const y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let a = state[0];
      let b = state[1];
      let c = state[2];
      let d = state[3];
      let e = state[4];
      let f = state[5];
      let g = state[6];
      let h = state[7];
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
      }
      state[0] += a;
      state[1] += b;
      state[2] += c;
      state[3] += d;
      state[4] += e;
      state[5] += f;
      state[6] += g;
      state[7] += h;
    }
  }
}

/**
 * @param {Blob} file
 * @param {(bytes: number) => void} [onProgress] told how much was read since the last time
 * @returns {Promise<Bytes>} SHA-256
 */
export async function hashFile(file, onProgress = () => {}) {
  if (file.size <= WHOLE) {
    const digest = await sha256(new Uint8Array(await file.arrayBuffer()));
    onProgress(file.size);
    return digest;
  }
  const hash = new Sha256();
  let coming = file.slice(0, STEP).arrayBuffer();
  for (let at = 0; at < file.size; at += STEP) {
    const bytes = new Uint8Array(await coming);
    coming = file.slice(at + STEP, at + 2 * STEP).arrayBuffer();
    hash.update(bytes);
    onProgress(bytes.length);
  }
  return hash.digest();
}
