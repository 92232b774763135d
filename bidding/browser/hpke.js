/**
 * HPKE base mode, one message: KDF HKDF-SHA256, AEAD AES-256-GCM, no associated data (RFC 9180; SBE/1 §3.4).
 */

import { concat, uint, utf8 } from "./bytes.js";
import { labeledExpand, labeledExtract } from "./kem.js";
import { gcmKey, gcmOpen, gcmSeal } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./kem.js").Kem} Kem */

const EMPTY = new Uint8Array(0);
const [HKDF_SHA256, AES_256_GCM, MODE_BASE] = [0x0001, 0x0002, 0];

/** Bytes of the tag. */
export const TAG_LENGTH = 16;

/** Key and nonce of the first message. @param {Kem} kem @param {Bytes} shared @param {Uint8Array} info */
async function schedule(kem, shared, info) {
  const suite = concat(utf8("HPKE"), uint(kem.id, 2), uint(HKDF_SHA256, 2), uint(AES_256_GCM, 2));
  const context = concat(
    uint(MODE_BASE, 1),
    await labeledExtract(suite, EMPTY, "psk_id_hash", EMPTY),
    await labeledExtract(suite, EMPTY, "info_hash", info),
  );
  const secret = await labeledExtract(suite, shared, "secret", EMPTY);
  return {
    key: await gcmKey(await labeledExpand(suite, secret, "key", context, 32)),
    nonce: await labeledExpand(suite, secret, "base_nonce", context, 12),
  };
}

/**
 * @param {Kem} kem
 * @param {Bytes} pk the recipient's
 * @param {Uint8Array} info
 * @param {Bytes} plaintext
 * @param {Bytes} ephemeral what the encapsulation draws its randomness from, `kem.ephemeralLength` bytes
 * @returns {Promise<Bytes>} enc || ciphertext
 * @throws {RangeError} the KEM refuses the key
 */
export async function seal(kem, pk, info, plaintext, ephemeral) {
  const { shared, enc } = await kem.encapsulate(pk, ephemeral);
  const { key, nonce } = await schedule(kem, shared, info);
  return concat(enc, await gcmSeal(key, nonce, plaintext));
}

/**
 * @param {Kem} kem
 * @param {Bytes} sk the recipient's
 * @param {Uint8Array} info
 * @param {Bytes} sealed enc || ciphertext
 * @returns {Promise<Bytes | null>} null when it does not open, whatever the reason in the sealed bytes
 * @throws {RangeError} sk is no private key of the KEM
 */
export async function open(kem, sk, info, sealed) {
  await kem.publicOf(sk);
  if (sealed.length < kem.encLength + TAG_LENGTH) return null;
  let shared;
  try {
    shared = await kem.decapsulate(sealed.slice(0, kem.encLength), sk);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  const { key, nonce } = await schedule(kem, shared, info);
  return gcmOpen(key, nonce, sealed.slice(kem.encLength));
}
