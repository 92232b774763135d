/**
 * The three ways to wrap a share: X25519, P-256 and X-Wing, as key encapsulation (RFC 9180 §4; SBE/1 §3.4).
 *
 * Encapsulation takes its ephemeral e_j from the caller: anyone given the seed makes the same bytes again.
 */

import { concat, uint, utf8 } from "./bytes.js";
import { expand } from "./derive.js";
import { sha3_256, shake256 } from "./keccak.js";
import { CIPHERTEXT_LENGTH, ENCAPSULATION_KEY_LENGTH, decapsulate, encapsulate, generate, isEncapsulationKey } from "./mlkem.js";
import { agree, hmac, privateKey, publicKey, publicOf } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @typedef {object} Kem
 * @property {number} id in the registry of HPKE
 * @property {number} pkLength
 * @property {number} encLength
 * @property {number} ephemeralLength bytes of e_j
 * @property {(pk: Bytes) => Promise<boolean>} accepts length, curve, order and modulus are right
 * @property {(sk: Bytes) => Promise<Bytes>} publicOf throws RangeError for what is no private key
 * @property {(pk: Bytes, ephemeral: Bytes) => Promise<{ shared: Bytes, enc: Bytes }>} encapsulate
 * @property {(enc: Bytes, sk: Bytes) => Promise<Bytes>} decapsulate throws RangeError for a bad enc
 */

/** Order of P-256's base point. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const EMPTY = new Uint8Array(0);
const VERSION = utf8("HPKE-v1");

/**
 * LabeledExtract.  HMAC pads its key with zeros, so 32 of them are the empty salt.
 * @param {Uint8Array} suite suite_id
 * @param {Bytes} salt
 * @param {string} word
 * @param {Uint8Array} ikm
 */
export async function labeledExtract(suite, salt, word, ikm) {
  const mac = await hmac("SHA-256", salt.length ? salt : new Uint8Array(32));
  return mac(concat(VERSION, suite, utf8(word), ikm));
}

/**
 * LabeledExpand.
 * @param {Uint8Array} suite suite_id
 * @param {Bytes} prk
 * @param {string} word
 * @param {Uint8Array} info
 * @param {number} length
 */
export async function labeledExpand(suite, prk, word, info, length) {
  return expand(await hmac("SHA-256", prk), 32, concat(uint(length, 2), VERSION, suite, utf8(word), info), length);
}

/**
 * DHKEM with HKDF-SHA256 over one curve.
 * @param {number} id
 * @param {"X25519" | "P-256"} curve
 * @returns {Kem}
 */
function dhkem(id, curve) {
  const suite = concat(utf8("KEM"), uint(id, 2));
  const length = curve === "P-256" ? 65 : 32;

  /** DeriveKeyPair's private half. @param {Bytes} ikm @returns {Promise<Bytes>} */
  async function derive(ikm) {
    const prk = await labeledExtract(suite, EMPTY, "dkp_prk", ikm);
    if (curve === "X25519") return labeledExpand(suite, prk, "sk", EMPTY, 32);
    for (let counter = 0; counter < 256; counter++) {
      const candidate = await labeledExpand(suite, prk, "candidate", uint(counter, 1), 32);
      const scalar = candidate.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
      if (scalar > 0n && scalar < ORDER) return candidate;
    }
    throw new RangeError("no key pair derives from this");
  }

  /** @param {Bytes} dh @param {Uint8Array} enc @param {Uint8Array} pk */
  async function extractAndExpand(dh, enc, pk) {
    const prk = await labeledExtract(suite, EMPTY, "eae_prk", dh);
    return labeledExpand(suite, prk, "shared_secret", concat(enc, pk), 32);
  }

  return {
    id,
    pkLength: length,
    encLength: length,
    ephemeralLength: 32,
    async accepts(pk) {
      return succeeds(async () => {
        const peer = await publicKey(curve, pk);
        // Only the Diffie-Hellman value shows a small order, whatever the private key.
        if (curve === "X25519") await agree(await privateKey(curve, new Uint8Array(32).fill(1)), peer);
      });
    },
    async publicOf(sk) {
      return publicOf(await privateKey(curve, sk), sk);
    },
    async encapsulate(pk, ephemeral) {
      const scalar = await derive(ephemeral);
      const secret = await privateKey(curve, scalar);
      const enc = await publicOf(secret, scalar);
      const dh = await agree(secret, await publicKey(curve, pk));
      return { shared: await extractAndExpand(dh, enc, pk), enc };
    },
    async decapsulate(enc, sk) {
      const secret = await privateKey(curve, sk);
      const dh = await agree(secret, await publicKey(curve, enc));
      return extractAndExpand(dh, enc, await publicOf(secret, sk));
    },
  };
}

/** @param {() => Promise<void>} attempt @returns {Promise<boolean>} false when it ends in a RangeError */
async function succeeds(attempt) {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * X-Wing's two private keys from its seed.
 * @param {Bytes} sk 32 bytes
 * @throws {RangeError} a seed of another length
 */
function xwingSecrets(sk) {
  if (sk.length !== 32) throw new RangeError("an X-Wing private key has 32 bytes");
  const expanded = shake256(sk, 96);
  return { lattice: expanded.slice(0, 64), curve: expanded.slice(64) };
}

/** X-Wing's label, `\.//^\`. */
const XWING_LABEL = utf8("\\.//^\\");

/** @type {Kem} ML-KEM-768 with X25519; enc and pk are the ML-KEM part before the X25519 part */
const XWING = {
  id: 0x647a,
  pkLength: ENCAPSULATION_KEY_LENGTH + 32,
  encLength: CIPHERTEXT_LENGTH + 32,
  ephemeralLength: 64,
  async accepts(pk) {
    return isEncapsulationKey(pk.subarray(0, -32)) && KEMS[1].accepts(pk.slice(ENCAPSULATION_KEY_LENGTH));
  },
  async publicOf(sk) {
    const { lattice, curve } = xwingSecrets(sk);
    return concat(generate(lattice).key, await KEMS[1].publicOf(curve));
  },
  async encapsulate(pk, ephemeral) {
    const peer = pk.slice(ENCAPSULATION_KEY_LENGTH);
    const scalar = ephemeral.slice(32);
    const secret = await privateKey("X25519", scalar);
    const { shared, ciphertext } = encapsulate(pk.subarray(0, ENCAPSULATION_KEY_LENGTH), ephemeral.subarray(0, 32));
    const point = await publicOf(secret, scalar);
    const dh = await agree(secret, await publicKey("X25519", peer));
    return { shared: sha3_256(concat(shared, dh, point, peer, XWING_LABEL)), enc: concat(ciphertext, point) };
  },
  async decapsulate(enc, sk) {
    const { lattice, curve } = xwingSecrets(sk);
    const point = enc.slice(CIPHERTEXT_LENGTH);
    const secret = await privateKey("X25519", curve);
    const dh = await agree(secret, await publicKey("X25519", point));
    const shared = decapsulate(lattice, enc.subarray(0, CIPHERTEXT_LENGTH));
    return sha3_256(concat(shared, dh, point, await publicOf(secret, curve), XWING_LABEL));
  },
};

/** @type {Readonly<Record<number, Kem>>} by wrap suite; 0x101 is reserved, and refused */
export const KEMS = Object.freeze({ 1: dhkem(0x0020, "X25519"), 2: dhkem(0x0010, "P-256"), 3: XWING });
