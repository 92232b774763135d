/**
 * A body: Cobblestone-256 with a salt from the seed, and the trees over ciphertext and plaintext (SBE/1 §3, §3.4).
 *
 * Bodies of gigabytes go through a leaf (1 MiB of plaintext) at a time; a few leaves are in flight at once, so
 * that reading, encryption and hashing overlap.
 */

import { concat, equal, uint, utf8 } from "./bytes.js";
import { H, deriveFrom, expand512, label } from "./derive.js";
import { BLOCK, CHUNK, HEADER, LEAF, SEALED_CHUNK, leafCount, leafSpan, plainLength, sealedLength } from "./layout.js";
import { leafHash, treeHash } from "./merkle.js";
import { gcmKey, gcmOpen, gcmSeal, sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * Bytes that can be read at any place, more than once: a file, a plaintext in memory, a stored ciphertext.
 * @typedef {object} Source
 * @property {number} length
 * @property {(start: number, end: number) => Promise<Uint8Array>} read
 *
 * @typedef {object} BodySecrets all that one body needs, from the seed
 * @property {number} index
 * @property {Bytes} ctx
 * @property {Bytes} K
 * @property {Bytes} salt
 * @property {Bytes} pblind
 * @property {Bytes} commitment
 * @property {CryptoKey} key
 * @property {Bytes} nonce base nonce
 *
 * @typedef {object} SealedBody
 * @property {number} ctLength
 * @property {Bytes} root
 * @property {Bytes} pc
 * @property {Bytes} plainTree
 * @property {readonly Bytes[]} leaves hashes of the ciphertext's leaves: the gate of the upload
 */

/** Leaves worked on at once. */
const IN_FLIGHT = 3;

const PREFIX = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");

/** @param {Bytes} bytes @returns {Source} */
export const bytesSource = (bytes) => ({
  length: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
});

/**
 * @param {Bytes} seed S
 * @param {Bytes} ctx
 * @param {number} index i, the body's place in the envelope
 * @returns {Promise<BodySecrets>}
 */
export async function bodySecrets(seed, ctx, index) {
  const X = await deriveFrom(seed, ctx);
  const K = await X(label("body", index, 2), 32);
  const salt = await X(label("salt", index, 2), 24);
  const pblind = await X(label("pblind", index, 2), 32);
  const info = concat(PREFIX, salt, utf8("sbe/1 body\0"), ctx, uint(index, 2));
  const derived = await expand512(K, info, 76);
  const [key, nonce, commitment] = [derived.slice(0, 32), derived.slice(32, 44), derived.slice(44)];
  return { index, ctx, K, salt, pblind, commitment, key: await gcmKey(key), nonce };
}

/** Base nonce XOR chunk number, big-endian. @param {Bytes} base @param {number} chunk @returns {Bytes} */
function chunkNonce(base, chunk) {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  view.setUint32(8, view.getUint32(8) ^ (chunk >>> 0));
  view.setUint32(4, view.getUint32(4) ^ Math.floor(chunk / 2 ** 32));
  return nonce;
}

/** pc: commits to a plaintext and tells nothing of it. @param {BodySecrets} secrets @param {Bytes} plainTree */
export const plainCommitment = ({ ctx, index, pblind }, plainTree) => H("sbe/1 plain", ctx, uint(index, 2), pblind, plainTree);

/**
 * One leaf of the ciphertext, behind the 0x00 of its leaf hash.
 * @param {BodySecrets} secrets
 * @param {number} leaf
 * @param {Bytes} block its plaintext; shorter than 1 MiB, or empty, in the last leaf only
 * @returns {Promise<Bytes>} 0x00 || leaf
 */
async function sealLeaf({ key, nonce, salt, commitment }, leaf, block) {
  const last = block.length < BLOCK;
  const start = 1 + (leaf === 0 ? HEADER : 0);
  const chunks = last ? Math.floor(block.length / CHUNK) + 1 : BLOCK / CHUNK;
  const out = new Uint8Array(start + block.length + 16 * chunks);
  if (leaf === 0) out.set(concat(salt, commitment), 1);
  const place = async (/** @type {number} */ chunk) => {
    const iv = chunkNonce(nonce, (leaf * BLOCK) / CHUNK + chunk);
    out.set(await gcmSeal(key, iv, block.subarray(chunk * CHUNK, (chunk + 1) * CHUNK)), start + chunk * SEALED_CHUNK);
  };
  await Promise.all(Array.from({ length: chunks }, (_, chunk) => place(chunk)));
  return out;
}

/** Reads block i, behind the 0x00 of its leaf hash. @param {Source} source @param {number} leaf @returns {Promise<Bytes>} */
async function readBlock(source, leaf) {
  const [start, end] = [leaf * BLOCK, Math.min((leaf + 1) * BLOCK, source.length)];
  const block = new Uint8Array(1 + end - start);
  const bytes = await source.read(start, end);
  if (bytes.length !== end - start) throw new RangeError("a source that is shorter than it says");
  block.set(bytes, 1);
  return block;
}

/**
 * Does `work` for 0..count-1 in order of starting, a few at a time, and hands the results over in order.
 * @template T
 * @param {number} count
 * @param {(i: number) => Promise<T>} work
 * @returns {AsyncGenerator<T, void, void>}
 */
async function* pipeline(count, work) {
  /** @type {Promise<T>[]} */
  const running = [];
  for (let next = 0; next < count || running.length > 0; ) {
    for (; next < count && running.length < IN_FLIGHT; next++) {
      const started = work(next);
      started.catch(() => {}); // thrown where it is awaited, below
      running.push(started);
    }
    yield await /** @type {Promise<T>} */ (running.shift());
  }
}

/**
 * First pass: what the envelope says of a body.
 * @param {BodySecrets} secrets
 * @param {Source} source the plaintext
 * @param {(leaf: Bytes, bytes: number) => void | Promise<void>} [onLeaf] gets each leaf of the ciphertext in order, and how much
 *   plaintext it holds
 * @returns {Promise<SealedBody>}
 */
export async function sealBody(secrets, source, onLeaf = () => {}) {
  /** @type {Bytes[]} */
  const leaves = [];
  /** @type {Bytes[]} */
  const blocks = [];
  const work = async (/** @type {number} */ leaf) => {
    const block = await readBlock(source, leaf);
    const hashed = block.length > 1 ? sha256(block) : null;
    const sealed = await sealLeaf(secrets, leaf, block.subarray(1));
    return { sealed, size: block.length - 1, leaf: await sha256(sealed), block: await hashed };
  };
  for await (const { sealed, size, leaf, block } of pipeline(leafCount(source.length), work)) {
    leaves.push(leaf);
    if (block !== null) blocks.push(block);
    await onLeaf(sealed.subarray(1), size);
  }
  const plainTree = await treeHash(blocks);
  const pc = await plainCommitment(secrets, plainTree);
  return { ctLength: sealedLength(source.length), root: await treeHash(leaves), pc, plainTree, leaves };
}

/** The file on the disk is not the one that was sealed: the same key and nonce must never meet another plaintext. */
export class Changed extends Error {
  /** @param {number} leaf */
  constructor(leaf) {
    super(`leaf ${leaf} differs from what was sealed: nothing more may be sent, seal again with a new seed`);
    this.name = "Changed";
    this.leaf = leaf;
  }
}

/**
 * Second pass: one leaf of the ciphertext again, behind the gate.
 * @param {BodySecrets} secrets
 * @param {Source} source
 * @param {number} leaf
 * @param {Bytes} expected its hash in the first pass
 * @returns {Promise<Bytes>} the leaf
 * @throws {Changed} its hash is another: the caller must stop for good
 */
export async function resealLeaf(secrets, source, leaf, expected) {
  let block;
  try {
    block = await readBlock(source, leaf);
  } catch (error) {
    throw Object.assign(new Changed(leaf), { cause: error });
  }
  const sealed = await sealLeaf(secrets, leaf, block.subarray(1));
  if (!equal(await sha256(sealed), expected)) throw new Changed(leaf);
  return sealed.subarray(1);
}

/** @param {Source} stored a ciphertext @returns {Promise<Bytes>} its root */
export async function rootOf(stored) {
  /** @type {Bytes[]} */
  const leaves = [];
  const count = Math.max(1, Math.ceil((stored.length - HEADER) / LEAF));
  const work = async (/** @type {number} */ leaf) => {
    const { start, end } = leafSpan(leaf, stored.length);
    return leafHash(await stored.read(start, end));
  };
  for await (const leaf of pipeline(count, work)) leaves.push(leaf);
  return treeHash(leaves);
}

/**
 * @param {BodySecrets} secrets
 * @param {Source} stored a ciphertext whose length is a ct_len and whose root was checked
 * @param {Uint8Array} pc from the envelope
 * @param {(block: Bytes) => void} [onBlock] gets the plaintext in order; not to be relied on unless the whole ends well
 * @returns {Promise<boolean>} salt, commitment, every chunk and pc fit
 */
export async function openBody(secrets, stored, pc, onBlock = () => {}) {
  const length = plainLength(stored.length);
  if (length === null) return false;
  if (!equal(await stored.read(0, HEADER), concat(secrets.salt, secrets.commitment))) return false;
  /** @type {Bytes[]} */
  const blocks = [];
  const work = async (/** @type {number} */ leaf) => {
    const { start, end } = leafSpan(leaf, stored.length);
    const sealed = new Uint8Array(await stored.read(leaf === 0 ? HEADER : start, end));
    const chunks = Array.from({ length: Math.ceil(sealed.length / SEALED_CHUNK) }, (_, chunk) =>
      gcmOpen(
        secrets.key,
        chunkNonce(secrets.nonce, (leaf * BLOCK) / CHUNK + chunk),
        sealed.subarray(chunk * SEALED_CHUNK, (chunk + 1) * SEALED_CHUNK),
      ),
    );
    return Promise.all(chunks);
  };
  for await (const chunks of pipeline(leafCount(length), work)) {
    const opened = chunks.filter((chunk) => chunk !== null);
    if (opened.length < chunks.length) return false;
    const block = concat(Uint8Array.of(0), ...opened);
    if (block.length > 1) blocks.push(await sha256(block));
    onBlock(block.subarray(1));
  }
  return equal(await plainCommitment(secrets, await treeHash(blocks)), pc);
}
