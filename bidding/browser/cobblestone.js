/**
 * Cobblestone-256 of C2SP chunked-encryption, a leaf at a time, with the salt as an argument (SBE/1 §3.4).
 *
 *     ciphertext = salt[24] || commitment[32] || chunks of 16,384 plaintext bytes, AES-256-GCM each
 */

import { concat, equal, utf8 } from "./bytes.js";
import { expand512 } from "./derive.js";
import { BLOCK, CHUNK, CHUNKS_PER_LEAF, HEADER, LEAF, SEALED_CHUNK, leafCount, leafSpan, plainLength } from "./layout.js";
import { gcmKey, gcmOpen, gcmSeal, sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * Bytes that can be read at any place, more than once: a file, a plaintext in memory, a stored ciphertext.
 * @typedef {object} Source
 * @property {number} length
 * @property {(start: number, end: number) => Promise<Uint8Array>} read
 * @property {(start: number, end: number) => Fill} stream the same bytes in order, into memory that is used again
 *
 * Fills `length` bytes of a buffer at `at`.  The memory may move: the buffer that comes back is the one to use.
 * @typedef {(buffer: ArrayBuffer, at: number, length: number) => Promise<ArrayBuffer>} Fill
 *
 * @typedef {object} Keys of one ciphertext
 * @property {Bytes} salt
 * @property {Bytes} commitment
 * @property {CryptoKey} key
 * @property {Bytes} nonce base nonce
 */

/** Chunks that are encrypted at once. */
const IN_FLIGHT = 16;

const PREFIX = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");

/**
 * @param {Bytes} K
 * @param {Bytes} salt 24 bytes
 * @param {Uint8Array} context
 * @returns {Promise<Keys>}
 * @throws {RangeError} a key that has not 32 bytes: HMAC would pad it, and two keys would open one ciphertext
 */
export async function cobblestone(K, salt, context) {
  if (K.length !== 32) throw new RangeError(`a Cobblestone-256 key has 32 bytes, not ${K.length}`);
  const derived = await expand512(K, concat(PREFIX, salt, context), 76);
  const [key, nonce, commitment] = [derived.slice(0, 32), derived.slice(32, 44), derived.slice(44)];
  return { salt, commitment, key: await gcmKey(key), nonce };
}

/** Base nonce XOR chunk number, big-endian. @param {Bytes} base @param {number} chunk @returns {Bytes} */
function chunkNonce(base, chunk) {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  view.setUint32(8, view.getUint32(8) ^ (chunk >>> 0));
  view.setUint32(4, view.getUint32(4) ^ Math.floor(chunk / 2 ** 32));
  return nonce;
}

/**
 * Memory for one leaf at a time, used again and again, with room for the 0x00 of a leaf hash before block and leaf.
 * WebCrypto copies what it is given before it returns, so the memory is free as soon as a hash was asked for.
 */
export class Desk {
  /** @param {Keys} keys */
  constructor(keys) {
    this.keys = keys;
    this.buffer = new ArrayBuffer(1 + BLOCK);
    this.length = 0;
    this.sealed = new Uint8Array(1 + HEADER + LEAF);
  }

  /** Takes the next block. @param {Fill} fill @param {number} length shorter than 1 MiB, or 0, in the last leaf only */
  async load(fill, length) {
    if (length > 0) this.buffer = await fill(this.buffer, 1, length);
    this.length = length;
  }

  /** @returns {Promise<Bytes> | null} the block's leaf hash; null for an empty one, which is no leaf */
  hashBlock() {
    return this.length === 0 ? null : sha256(new Uint8Array(this.buffer, 0, 1 + this.length));
  }

  /** @param {number} leaf the block's number @returns {Promise<Bytes>} 0x00 || leaf, until the next call */
  async seal(leaf) {
    const { key, nonce, salt, commitment } = this.keys;
    const block = new Uint8Array(this.buffer, 1, this.length);
    const start = 1 + (leaf === 0 ? HEADER : 0);
    const chunks = block.length < BLOCK ? Math.floor(block.length / CHUNK) + 1 : CHUNKS_PER_LEAF;
    if (leaf === 0) this.sealed.set(concat(salt, commitment), 1);
    for (let first = 0; first < chunks; first += IN_FLIGHT) {
      const group = Array.from({ length: Math.min(IN_FLIGHT, chunks - first) }, (_, i) =>
        gcmSeal(
          key,
          chunkNonce(nonce, leaf * CHUNKS_PER_LEAF + first + i),
          block.subarray((first + i) * CHUNK, (first + i + 1) * CHUNK),
        ),
      );
      for (const [i, chunk] of (await Promise.all(group)).entries()) {
        this.sealed.set(chunk, start + (first + i) * SEALED_CHUNK);
      }
    }
    return this.sealed.subarray(0, start + block.length + 16 * chunks);
  }
}

/**
 * @param {Keys} keys
 * @param {number} leaf
 * @param {Bytes} sealed its chunks, without the header that leaf 0 has
 * @returns {Promise<Bytes | null>} its plaintext; null when a chunk does not open
 */
export async function openLeaf({ key, nonce }, leaf, sealed) {
  const chunks = Array.from({ length: Math.ceil(sealed.length / SEALED_CHUNK) }, (_, i) =>
    gcmOpen(
      key,
      chunkNonce(nonce, leaf * CHUNKS_PER_LEAF + i),
      sealed.subarray(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK),
    ),
  );
  const opened = (await Promise.all(chunks)).filter((chunk) => chunk !== null);
  return opened.length < chunks.length ? null : concat(...opened);
}

/**
 * @param {Keys} keys
 * @param {Source} stored
 * @param {(block: Bytes) => void | Promise<void>} onBlock gets the plaintext in order; nothing of it holds unless the whole ends well
 * @returns {Promise<boolean>} length, salt, commitment and every chunk fit
 */
export async function openStored(keys, stored, onBlock) {
  const length = plainLength(stored.length);
  if (length === null) return false;
  // No decryptor would notice another salt: it takes the salt from here.
  if (!equal(await stored.read(0, HEADER), concat(keys.salt, keys.commitment))) return false;
  for (let leaf = 0; leaf < leafCount(length); leaf++) {
    const { start, end } = leafSpan(leaf, stored.length);
    const block = await openLeaf(keys, leaf, new Uint8Array(await stored.read(leaf === 0 ? HEADER : start, end)));
    if (block === null) return false;
    await onBlock(block);
  }
  return true;
}
