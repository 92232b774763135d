/**
 * Where things lie in a body: chunks, leaves and lengths (SBE/1 §3, §3.4).
 *
 * Pure.  A chunk is 16 KiB of plaintext and becomes 16,400 bytes; a leaf is 64 chunks, 1 MiB of plaintext;
 * leaf 0 begins with the 56 bytes of salt and commitment.  The last chunk is always shorter, perhaps empty.
 */

export const CHUNK = 16_384;
export const SEALED_CHUNK = CHUNK + 16;
export const CHUNKS_PER_LEAF = 64;
export const BLOCK = CHUNK * CHUNKS_PER_LEAF;
export const HEADER = 56;
export const LEAF = SEALED_CHUNK * CHUNKS_PER_LEAF;

/** @param {number} length of a plaintext @returns {number} ct_len */
export const sealedLength = (length) => HEADER + length + 16 * (Math.floor(length / CHUNK) + 1);

/** @param {number} length of a plaintext @returns {number} leaves of its ciphertext */
export const leafCount = (length) => Math.floor(length / BLOCK) + 1;

/**
 * @param {number} ctLength
 * @returns {number | null} leaves, or null when no plaintext has this ct_len
 */
export function leafCountOf(ctLength) {
  const length = plainLength(ctLength);
  return length === null ? null : leafCount(length);
}

/**
 * @param {number} ctLength
 * @returns {number | null} length of the plaintext, or null when there is none
 */
export function plainLength(ctLength) {
  const rest = ctLength - HEADER;
  return rest < 16 || rest % SEALED_CHUNK < 16 ? null : rest - 16 * (Math.floor(rest / SEALED_CHUNK) + 1);
}

/**
 * @param {number} leaf
 * @param {number} ctLength
 * @returns {{ start: number, end: number }} the ciphertext's bytes of this leaf
 */
export function leafSpan(leaf, ctLength) {
  const start = leaf === 0 ? 0 : HEADER + leaf * LEAF;
  return { start, end: Math.min(HEADER + (leaf + 1) * LEAF, ctLength) };
}
