/**
 * A body: Cobblestone-256 with a salt from the seed, and the trees over ciphertext and plaintext (SBE/1 §3, §3.4).
 *
 * Bodies of gigabytes go through a leaf (1 MiB of plaintext) at a time; a few leaves are in flight at once, so
 * that reading, encryption and hashing overlap.
 */

import { concat, equal, uint, utf8 } from "./bytes.js";
import { Desk, cobblestone, openLeaf, openStored } from "./cobblestone.js";
import { H, deriveFrom, label } from "./derive.js";
import { BLOCK, HEADER, leafCount, leafSpan, sealedLength } from "./layout.js";
import { leafHash, treeHash } from "./merkle.js";
import { sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** @typedef {import("./cobblestone.js").Source} Source */

/**
 * All that one body needs, from the seed.
 * @typedef {import("./cobblestone.js").Keys & { index: number, ctx: Bytes, K: Bytes, pblind: Bytes }} BodySecrets
 *
 * @typedef {object} SealedBody
 * @property {number} ctLength
 * @property {Bytes} root
 * @property {Bytes} pc
 * @property {Bytes} plainTree
 * @property {readonly Bytes[]} leaves hashes of the ciphertext's leaves: the gate of the upload
 */

/**
 * Hashes of the leaves from..to-1: of the ciphertext, and of the plaintext's blocks (one fewer when the last leaf holds none).
 * @typedef {{ leaves: Bytes[], blocks: Bytes[] }} Hashes
 *
 * Whoever can do a stretch of a first pass: this thread, or a worker.
 * @typedef {(secrets: BodySecrets, source: Source, from: number, to: number) => Promise<Hashes>} Member
 */

/** Most leaves that one member takes at once: a longer stream costs less to read, a shorter one shares the work better. */
const STRETCH = 32;

/** Leaves whose hashes may be under way at once: the platform holds a copy of each until it is done. */
const AHEAD = 4;

/** Members of the crew when the caller brings none: a platform with a pool of threads does their work side by side. */
const LANES = 3;

/** @param {Bytes} bytes @returns {Source} */
export const bytesSource = (bytes) => ({
  length: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
  stream(start) {
    let from = start;
    return async (buffer, at, length) => {
      new Uint8Array(buffer, at, length).set(bytes.subarray(from, (from += length)));
      return buffer;
    };
  },
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
  const context = concat(utf8("sbe/1 body\0"), ctx, uint(index, 2));
  return { ...(await cobblestone(K, salt, context)), index, ctx, K, pblind };
}

/** pc: commits to a plaintext and tells nothing of it. @param {BodySecrets} secrets @param {Bytes} plainTree */
export const plainCommitment = ({ ctx, index, pblind }, plainTree) => H("sbe/1 plain", ctx, uint(index, 2), pblind, plainTree);

/**
 * The blocks from..to-1 of a plaintext, one after the other on one desk.
 * @param {BodySecrets} secrets
 * @param {Source} source
 * @param {number} from leaf
 * @param {number} to leaf
 * @returns {AsyncGenerator<{ leaf: number, desk: Desk }, void, void>}
 */
async function* blocksOf(secrets, source, from, to) {
  const desk = new Desk(secrets);
  const fill = source.stream(from * BLOCK, Math.min(to * BLOCK, source.length));
  for (let leaf = from; leaf < to; leaf++) {
    await desk.load(fill, Math.min(BLOCK, source.length - leaf * BLOCK));
    yield { leaf, desk };
  }
}

/** @param {(Promise<Bytes> | null)[]} leaves @param {(Promise<Bytes> | null)[]} blocks @returns {Promise<Hashes>} */
async function gatherHashes(leaves, blocks) {
  const [ofLeaves, ofBlocks] = await Promise.all([Promise.all(leaves), Promise.all(blocks)]);
  return { leaves: ofLeaves.filter((hash) => hash !== null), blocks: ofBlocks.filter((hash) => hash !== null) };
}

/** @type {Member} in this thread */
export async function hashStretch(secrets, source, from, to) {
  /** @type {Promise<Bytes>[]} */
  const leaves = [];
  /** @type {(Promise<Bytes> | null)[]} */
  const blocks = [];
  for await (const { leaf, desk } of blocksOf(secrets, source, from, to)) {
    blocks.push(desk.hashBlock());
    leaves.push(sha256(await desk.seal(leaf)));
    await Promise.all([leaves.at(-AHEAD), blocks.at(-AHEAD)]);
  }
  return gatherHashes(leaves, blocks);
}

/**
 * A stretch of the test before commit: seals it again and hashes what that decrypts to, so that the pass gives
 * the envelope's own line exactly when every chunk opens to what was sealed.
 * @type {Member}
 */
export async function checkStretch(secrets, source, from, to) {
  /** @type {Promise<Bytes>[]} */
  const leaves = [];
  /** @type {(Promise<Bytes> | null)[]} */
  const blocks = [];
  for await (const { leaf, desk } of blocksOf(secrets, source, from, to)) {
    const sealed = await desk.seal(leaf);
    leaves.push(sha256(sealed));
    const opened = await openLeaf(secrets, leaf, sealed.subarray(leaf === 0 ? 1 + HEADER : 1));
    blocks.push(opened && opened.length > 0 ? leafHash(opened) : null);
    await Promise.all([leaves.at(-AHEAD), blocks.at(-AHEAD)]);
  }
  return gatherHashes(leaves, blocks);
}

/**
 * First pass: what the envelope says of a body.
 * @param {BodySecrets} secrets
 * @param {Source} source the plaintext
 * @param {object} [how]
 * @param {readonly Member[]} [how.crew] who does the stretches, side by side
 * @param {(bytes: number) => void} [how.onProgress] how much plaintext a stretch that is done held
 * @returns {Promise<SealedBody>}
 */
export async function sealBody(secrets, source, { crew = Array(LANES).fill(hashStretch), onProgress } = {}) {
  const count = leafCount(source.length);
  const size = Math.min(STRETCH, Math.ceil(count / crew.length));
  /** @type {Hashes[]} */
  const done = [];
  let next = 0;
  const work = async (/** @type {Member} */ member) => {
    while (next * size < count) {
      const stretch = next++;
      const [from, to] = [stretch * size, Math.min((stretch + 1) * size, count)];
      done[stretch] = await member(secrets, source, from, to);
      onProgress?.(Math.min(to * BLOCK, source.length) - from * BLOCK);
    }
  };
  await Promise.all(crew.map(work));
  const leaves = done.flatMap((hashes) => hashes.leaves);
  const plainTree = await treeHash(done.flatMap((hashes) => hashes.blocks));
  const pc = await plainCommitment(secrets, plainTree);
  return { ctLength: sealedLength(source.length), root: await treeHash(leaves), pc, plainTree, leaves };
}

/**
 * The ciphertext itself.
 * @param {BodySecrets} secrets
 * @param {Source} source the plaintext
 * @returns {AsyncGenerator<Bytes, void, void>} leaf by leaf
 */
export async function* sealedLeaves(secrets, source) {
  for await (const { leaf, desk } of blocksOf(secrets, source, 0, leafCount(source.length))) yield (await desk.seal(leaf)).slice(1);
}

/** The file on the disk is not the one that was sealed: the same key and nonce must never meet another plaintext. */
export class Changed extends Error {
  /** @param {number} leaf @param {ErrorOptions} [options] */
  constructor(leaf, options) {
    super(`leaf ${leaf} is not what was sealed: nothing more may be sent, seal again with a new seed`, options);
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
 * @throws {Changed} its hash is another, or the source cannot be read any more: the caller must stop for good
 */
export async function resealLeaf(secrets, source, leaf, expected) {
  const desk = new Desk(secrets);
  const [start, end] = [leaf * BLOCK, Math.min((leaf + 1) * BLOCK, source.length)];
  try {
    await desk.load(source.stream(start, end), end - start);
  } catch (error) {
    throw new Changed(leaf, { cause: error });
  }
  const sealed = await desk.seal(leaf);
  if (!equal(await sha256(sealed), expected)) throw new Changed(leaf);
  return sealed.slice(1);
}

/** @param {Source} stored a ciphertext @returns {Promise<Bytes>} its root */
export async function rootOf(stored) {
  /** @type {Bytes[]} */
  const leaves = [];
  for (let leaf = 0; leaf === 0 || leafSpan(leaf, stored.length).start < stored.length; leaf++) {
    const { start, end } = leafSpan(leaf, stored.length);
    leaves.push(await leafHash(await stored.read(start, end)));
  }
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
  /** @type {Bytes[]} */
  const blocks = [];
  const opened = await openStored(secrets, stored, async (block) => {
    if (block.length > 0) blocks.push(await leafHash(block));
    onBlock(block);
  });
  return opened && equal(await plainCommitment(secrets, await treeHash(blocks)), pc);
}
