/**
 * The Merkle tree of RFC 9162 §2.1 over SHA-256: roots from leaf hashes, and inclusion proofs.
 */

import { concat, equal } from "./bytes.js";
import { sha256 } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** @param {Uint8Array} entry @returns {Promise<Bytes>} */
export const leafHash = (entry) => sha256(concat(LEAF, entry));

/** @param {Uint8Array} left @param {Uint8Array} right @returns {Promise<Bytes>} */
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));

/**
 * @param {readonly Bytes[]} leaves leaf hashes
 * @returns {Promise<Bytes>} the tree hash; of no leaves SHA-256 of nothing
 */
export async function treeHash(leaves) {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  let level = [...leaves];
  // Pairing from the left, and passing an odd last node up as it is, is the split at the largest power of two.
  while (level.length > 1) {
    const pairs = Array.from({ length: level.length >> 1 }, (_, i) => nodeHash(level[2 * i], level[2 * i + 1]));
    level = [...(await Promise.all(pairs)), ...level.slice(2 * pairs.length)];
  }
  return level[0];
}

/**
 * @param {bigint} index
 * @param {bigint} size of the tree
 * @param {Bytes} leaf its hash
 * @param {readonly Bytes[]} path siblings from the leaf up
 * @param {Bytes} root
 * @returns {Promise<boolean>} the leaf stands at this index under this root (RFC 9162 §2.1.3.2)
 */
export async function includes(index, size, leaf, path, root) {
  if (index >= size) return false;
  let [fn, sn] = [index, size - 1n];
  let hash = leaf;
  for (const sibling of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      hash = await nodeHash(sibling, hash);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && equal(hash, root);
}
