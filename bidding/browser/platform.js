/**
 * What the platform's WebCrypto does for the sealer, with bytes in and bytes out.
 *
 * Runs alike in a browser, its workers and Node 20; nothing here keeps state.  Private keys come as raw
 * scalars, which WebCrypto does not take: each is wrapped in the fixed PKCS #8 frame of its curve, and the
 * public key is had from the platform, so no curve arithmetic is written here.
 */

import { concat, hex, unbase64url, unhex } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"X25519" | "P-256" | "Ed25519" | "ECDSA"} Curve */

const { subtle } = globalThis.crypto;

/** @type {Record<Curve, { frame: Bytes, algorithm: { name: string, namedCurve?: string }, use: KeyUsage }>} */
const CURVES = {
  X25519: { frame: unhex("302e020100300506032b656e04220420"), algorithm: { name: "X25519" }, use: "deriveBits" },
  Ed25519: { frame: unhex("302e020100300506032b657004220420"), algorithm: { name: "Ed25519" }, use: "sign" },
  "P-256": {
    frame: unhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"),
    algorithm: { name: "ECDH", namedCurve: "P-256" },
    use: "deriveBits",
  },
  ECDSA: {
    frame: unhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"),
    algorithm: { name: "ECDSA", namedCurve: "P-256" },
    use: "sign",
  },
};

/** @param {number} length @returns {Bytes} fresh bytes of the platform's generator */
export function random(length) {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/** @param {Bytes} bytes @returns {Promise<Bytes>} SHA-256, 32 bytes */
export async function sha256(bytes) {
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

/**
 * An HMAC under one key.
 * @param {"SHA-256" | "SHA-512"} hash
 * @param {Bytes} key not empty: WebCrypto refuses an empty key, zero bytes up to the block length mean the same
 * @returns {Promise<(message: Bytes) => Promise<Bytes>>}
 */
export async function hmac(hash, key) {
  const imported = await subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  return async (message) => new Uint8Array(await subtle.sign("HMAC", imported, message));
}

/** @param {Bytes} key 32 bytes @returns {Promise<CryptoKey>} for `gcmSeal` and `gcmOpen` */
export async function gcmKey(key) {
  return subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/**
 * @param {CryptoKey} key
 * @param {Bytes} iv 12 bytes
 * @param {Bytes} plaintext
 * @returns {Promise<Bytes>} ciphertext with its 16-byte tag; no associated data
 */
export async function gcmSeal(key, iv, plaintext) {
  return new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv }, key, plaintext));
}

/**
 * @param {CryptoKey} key
 * @param {Bytes} iv 12 bytes
 * @param {Bytes} ciphertext with its tag
 * @returns {Promise<Bytes | null>} null when the tag does not fit
 */
export async function gcmOpen(key, iv, ciphertext) {
  if (ciphertext.length < 16) return null;
  try {
    return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv }, key, ciphertext));
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

/**
 * A key as WebCrypto holds it.
 * @param {Curve} curve
 * @param {Bytes} scalar 32 bytes
 * @returns {Promise<CryptoKey>}
 * @throws {RangeError} no private key of the curve: wrong length, zero, or not below the order of P-256
 */
export async function privateKey(curve, scalar) {
  const { frame, algorithm, use } = CURVES[curve];
  if (scalar.length !== 32) throw new RangeError(`a private key of ${curve} has 32 bytes`);
  try {
    return await subtle.importKey("pkcs8", concat(frame, scalar), algorithm, true, [use]);
  } catch (error) {
    throw new RangeError(`not a private key of ${curve}`, { cause: error });
  }
}

/**
 * @param {CryptoKey} key a private key made by `privateKey`
 * @param {Bytes} scalar that it was made from
 * @returns {Promise<Bytes>} its public key: 32 bytes, or the uncompressed point, 65
 */
export async function publicOf(key, scalar) {
  let found;
  try {
    found = await subtle.exportKey("jwk", key);
  } catch (error) {
    // Firefox computes no public key of P-256 for a private one that came without.
    if (key.algorithm.name === "X25519" || key.algorithm.name === "Ed25519") throw error;
    return pointOf(scalar);
  }
  const { x = "", y } = found;
  return y === undefined ? unbase64url(x) : concat(Uint8Array.of(4), unbase64url(x), unbase64url(y));
}

/** P-256: the prime of its field, its second coefficient, its base point. */
const PRIME = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const COEFFICIENT = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const BASE = unhex(
  "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);

/**
 * The public point of a scalar of P-256, on a platform that keeps it to itself: its x is what the scalar agrees on with the
 * base point; of the two points over that x it is the one under which the scalar's signature verifies.
 * @param {Bytes} scalar
 * @returns {Promise<Bytes>} 65 bytes
 */
export async function pointOf(scalar) {
  const x = await agree(await privateKey("P-256", scalar), await publicKey("P-256", BASE));
  const n = BigInt(`0x${hex(x)}`);
  const y = power((n ** 3n - 3n * n + COEFFICIENT) % PRIME, (PRIME + 1n) / 4n);
  const signature = await sign(await privateKey("ECDSA", scalar), x);
  for (const each of [y, PRIME - y]) {
    const point = concat(Uint8Array.of(4), x, unhex(each.toString(16).padStart(64, "0")));
    if (await verify(await publicKey("ECDSA", point), signature, x)) return point;
  }
  throw new RangeError("not a private key of P-256");
}

/** @param {bigint} base @param {bigint} exponent @returns {bigint} in the field of P-256 */
function power(base, exponent) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % PRIME;
    if (bit === "1") result = (result * base) % PRIME;
  }
  return result;
}

/**
 * @param {Curve} curve
 * @param {Bytes} raw 32 bytes, or the uncompressed point, 65
 * @returns {Promise<CryptoKey>}
 * @throws {RangeError} wrong length, or not a point of the curve
 */
export async function publicKey(curve, raw) {
  const { algorithm, use } = CURVES[curve];
  const point = curve === "P-256" || curve === "ECDSA";
  // Some libraries would also read the compressed and the hybrid encodings of a point.
  if (raw.length !== (point ? 65 : 32) || (point && raw[0] !== 4)) throw new RangeError(`not a public key of ${curve}`);
  try {
    return await subtle.importKey("raw", raw, algorithm, true, use === "sign" ? ["verify"] : []);
  } catch (error) {
    throw new RangeError(`not a public key of ${curve}`, { cause: error });
  }
}

/**
 * Diffie-Hellman.
 * @param {CryptoKey} secret of X25519 or P-256
 * @param {CryptoKey} peer of the same curve
 * @returns {Promise<Bytes>} 32 bytes: the u-coordinate, or x
 * @throws {RangeError} the peer's X25519 key has small order
 */
export async function agree(secret, peer) {
  let shared;
  try {
    shared = new Uint8Array(await subtle.deriveBits({ name: secret.algorithm.name, public: peer }, secret, 256));
  } catch (error) {
    throw new RangeError("a public key of small order", { cause: error });
  }
  if (shared.every((byte) => byte === 0)) throw new RangeError("a public key of small order");
  return shared;
}

/**
 * @param {CryptoKey} key private, of Ed25519 or ECDSA
 * @param {Bytes} message
 * @returns {Promise<Bytes>} 64 bytes; ECDSA: r || s over SHA-256
 */
export async function sign(key, message) {
  return new Uint8Array(await subtle.sign({ name: key.algorithm.name, hash: "SHA-256" }, key, message));
}

/**
 * @param {CryptoKey} key public, of Ed25519 or ECDSA
 * @param {Bytes} signature
 * @param {Bytes} message
 * @returns {Promise<boolean>}
 */
export async function verify(key, signature, message) {
  return signature.length === 64 && subtle.verify({ name: key.algorithm.name, hash: "SHA-256" }, key, signature, message);
}
