/**
 * SHA-3 and SHAKE of FIPS 202, whole messages only: what ML-KEM-768 and X-Wing need of it.
 *
 * Lanes are kept as two 32-bit halves, low half first, because JavaScript has no 64-bit integers that are
 * quick enough.  Rates are bytes.
 */

/** @typedef {import("./bytes.js").Bytes} Bytes */

const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const PLACES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/** The 24 round constants from their shift register: low halves at even places. */
const ROUND_CONSTANTS = (() => {
  const constants = new Uint32Array(48);
  let register = 1;
  for (let round = 0; round < 24; round++) {
    for (let bit = 0; bit < 7; bit++) {
      if (register & 1) {
        const place = (1 << bit) - 1;
        constants[2 * round + (place >> 5)] |= 1 << (place & 31);
      }
      register = (register << 1) ^ (-(register >> 7) & 0x171);
    }
  }
  return constants;
})();

/** Keccak-f[1600]. @param {Uint32Array} state 50 halves */
function permute(state) {
  const columns = new Uint32Array(10);
  const row = new Uint32Array(10);
  for (let round = 0; round < 24; round++) {
    for (let x = 0; x < 10; x++) columns[x] = state[x] ^ state[x + 10] ^ state[x + 20] ^ state[x + 30] ^ state[x + 40];
    for (let x = 0; x < 5; x++) {
      const left = 2 * ((x + 4) % 5);
      const right = 2 * ((x + 1) % 5);
      const low = columns[left] ^ ((columns[right] << 1) | (columns[right + 1] >>> 31));
      const high = columns[left + 1] ^ ((columns[right + 1] << 1) | (columns[right] >>> 31));
      for (let y = 0; y < 50; y += 10) {
        state[y + 2 * x] ^= low;
        state[y + 2 * x + 1] ^= high;
      }
    }
    let [low, high] = [state[2], state[3]];
    for (let i = 0; i < 24; i++) {
      const place = 2 * PLACES[i];
      const [nextLow, nextHigh] = [state[place], state[place + 1]];
      const turn = ROTATIONS[i] & 31;
      const [a, b] = ROTATIONS[i] < 32 ? [low, high] : [high, low];
      state[place] = turn ? (a << turn) | (b >>> (32 - turn)) : a;
      state[place + 1] = turn ? (b << turn) | (a >>> (32 - turn)) : b;
      [low, high] = [nextLow, nextHigh];
    }
    for (let y = 0; y < 50; y += 10) {
      row.set(state.subarray(y, y + 10));
      for (let x = 0; x < 10; x++) state[y + x] = row[x] ^ (~row[(x + 2) % 10] & row[(x + 4) % 10]);
    }
    state[0] ^= ROUND_CONSTANTS[2 * round];
    state[1] ^= ROUND_CONSTANTS[2 * round + 1];
  }
}

/**
 * @param {number} rate
 * @param {number} suffix domain bits with the first padding bit: 0x06 SHA-3, 0x1f SHAKE
 * @param {Uint8Array} message
 * @param {number} length
 * @returns {Bytes}
 */
function sponge(rate, suffix, message, length) {
  const padded = new Uint8Array((Math.floor(message.length / rate) + 1) * rate);
  padded.set(message);
  padded[message.length] = suffix;
  padded[padded.length - 1] |= 0x80;
  const state = new Uint32Array(50);
  const halves = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += rate) {
    for (let i = 0; i < rate / 4; i++) state[i] ^= halves.getUint32(at + 4 * i, true);
    permute(state);
  }
  const out = new Uint8Array(Math.ceil(length / rate) * rate);
  const squeezed = new DataView(out.buffer);
  for (let at = 0; at < out.length; at += rate) {
    if (at > 0) permute(state);
    for (let i = 0; i < rate / 4; i++) squeezed.setUint32(at + 4 * i, state[i], true);
  }
  return out.slice(0, length);
}

/** @param {Uint8Array} message */
export const sha3_256 = (message) => sponge(136, 0x06, message, 32);

/** @param {Uint8Array} message */
export const sha3_512 = (message) => sponge(72, 0x06, message, 64);

/** @param {Uint8Array} message @param {number} length */
export const shake128 = (message, length) => sponge(168, 0x1f, message, length);

/** @param {Uint8Array} message @param {number} length */
export const shake256 = (message, length) => sponge(136, 0x1f, message, length);
