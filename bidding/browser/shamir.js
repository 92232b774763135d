/**
 * Shamir's sharing over GF(2^8), bytewise, polynomial 0x11B; SBE/1 §3.
 *
 * Pure.  The polynomial's coefficients come in as arguments; the share of j is its value at x = j.
 */

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * Product in GF(2^8), without a branch or a table lookup that depends on the values.
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
export function multiply(a, b) {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & a;
    a = ((a << 1) ^ (-(a >> 7) & 0x11b)) & 0x1ff;
  }
  return product & 0xff;
}

/** The inverse of a non-zero element is its power 254. @param {number} a */
function inverse(a) {
  let power = a;
  for (let i = 0; i < 6; i++) power = multiply(multiply(power, power), a);
  return multiply(power, power);
}

/**
 * @param {Uint8Array} secret
 * @param {readonly Uint8Array[]} coefficients a_1 .. a_{k-1}, each of the secret's length
 * @param {number} x 1..255
 * @returns {Bytes} secret ^ a_1 x ^ a_2 x^2 ...
 */
export function shareAt(secret, coefficients, x) {
  const share = new Uint8Array(secret.length);
  for (const coefficient of [...coefficients].reverse()) {
    for (let i = 0; i < share.length; i++) share[i] = multiply(share[i] ^ coefficient[i], x);
  }
  for (let i = 0; i < share.length; i++) share[i] ^= secret[i];
  return share;
}

/**
 * @param {readonly { j: number, share: Uint8Array }[]} shares as many as the threshold, at distinct j in 1..255, of one length
 * @returns {Bytes} the polynomial's value at 0
 * @throws {RangeError} no shares, or two at the same place
 */
export function combine(shares) {
  if (shares.length === 0 || new Set(shares.map(({ j }) => j)).size !== shares.length) {
    throw new RangeError("shares at distinct places are needed");
  }
  const secret = new Uint8Array(shares[0].share.length);
  for (const { j, share } of shares) {
    let weight = 1;
    for (const other of shares) {
      if (other.j !== j) weight = multiply(weight, multiply(other.j, inverse(other.j ^ j)));
    }
    for (let i = 0; i < secret.length; i++) secret[i] ^= multiply(weight, share[i]);
  }
  return secret;
}
