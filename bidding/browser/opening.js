/**
 * Opening: what a trustee answers, and the verdict on an envelope when the last window is over (SBE/1 §3.6).
 */

import { equal } from "./bytes.js";
import { bodySecrets, openBody, rootOf } from "./body.js";
import { SEED_LENGTH } from "./derive.js";
import * as hpke from "./hpke.js";
import { KEMS } from "./kem.js";
import { commitTo, deriveEnvelope, jointCommitment, shareCommitment, shareInfo, xor } from "./sealing.js";
import { combine } from "./shamir.js";
import { MODE, Refusal, SHARE_LENGTH, contextHash, parseEnvelope, parsePolicy, policyHash } from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./body.js").Source} Source */
/** @typedef {import("./wire.js").Policy} Policy */
/** @typedef {import("./wire.js").Envelope} Envelope */

/** @typedef {{ share: Bytes, r: Bytes }} Release */

/**
 * @typedef {object} Answers what is there after the last window
 * @property {readonly (Release & { j: number })[]} releases of the trustees, good and bad
 * @property {Bytes | null} seed what the bidder published
 * @property {Release | null} bidder the bidder's release of mode J: S_B and its blind
 * @property {readonly { j: number, sk: Bytes | null }[]} complaints with the private key shown, if it was
 */

/** @typedef {"malformed(bidder)" | "bytes-missing" | "trustees-short" | "bidder-absent"} Failure */
/** @typedef {{ verdict: "opened", seed: Bytes } | { verdict: Failure }} Verdict */

/**
 * Trustee j opens its share.
 * @param {Policy} policy
 * @param {Envelope} envelope
 * @param {Bytes} ctx
 * @param {number} j
 * @param {Bytes} sk
 * @returns {Promise<Release | null>} null when the share is not one: the trustee complains
 * @throws {RangeError} sk is no private key of the trustee's suite
 */
async function openShare(policy, envelope, ctx, j, sk) {
  const kem = KEMS[policy.trustees[j - 1].suite];
  const { c, sealed } = envelope.shares[j - 1];
  const opened = await hpke.open(kem, sk, shareInfo(ctx, j), sealed);
  if (opened === null || opened.length !== SHARE_LENGTH || opened[0] !== j) return null;
  const [share, r] = [opened.slice(1, 33), opened.slice(33)];
  return equal(await shareCommitment(ctx, j, share, r), c) ? { share, r } : null;
}

/**
 * Reads a logged envelope with the policy that stands in its context.
 * @param {Uint8Array} policyBytes
 * @param {Uint8Array} envelopeBytes
 */
async function read(policyBytes, envelopeBytes) {
  const policy = await parsePolicy(policyBytes);
  const envelope = parseEnvelope(envelopeBytes);
  if (!equal(await policyHash(policyBytes), envelope.context.policyHash)) {
    throw new Refusal("wrong-context", "the envelope was sealed under another policy");
  }
  return { policy, envelope, ctx: await contextHash(envelope.contextBytes) };
}

/**
 * What trustee j answers.
 * @param {Uint8Array} policy
 * @param {Uint8Array} envelope
 * @param {number} j 1..n
 * @param {Bytes} sk
 * @returns {Promise<Release | null>} what it releases; null: it complains
 * @throws {Refusal} a policy or an envelope that the log would not have taken
 * @throws {RangeError} no such trustee, or sk is no private key of its suite
 */
export async function answer(policy, envelope, j, sk) {
  const logged = await read(policy, envelope);
  if (!Number.isInteger(j) || j < 1 || j > logged.envelope.shares.length) throw new RangeError(`no trustee ${j}`);
  return openShare(logged.policy, logged.envelope, logged.ctx, j, sk);
}

/**
 * A complaint is proven when the key shown is the trustee's and a repetition with it fails too.
 * @param {Policy} policy
 * @param {Envelope} envelope
 * @param {Bytes} ctx
 * @param {{ j: number, sk: Bytes | null }} complaint
 * @returns {Promise<boolean>}
 */
async function isProven(policy, envelope, ctx, { j, sk }) {
  const trustee = policy.trustees[j - 1];
  if (trustee === undefined || sk === null) return false;
  try {
    if (!equal(await KEMS[trustee.suite].publicOf(sk), trustee.pk)) return false;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  return (await openShare(policy, envelope, ctx, j, sk)) === null;
}

/**
 * Step 1: S, or the verdict that ends the opening there.
 * @param {Policy} policy
 * @param {Envelope} envelope
 * @param {Bytes} ctx
 * @param {Answers} answers
 * @returns {Promise<Bytes | Failure>}
 */
async function seedOf(policy, envelope, ctx, { releases, seed, bidder, complaints }) {
  const { k, modes } = policy;
  for (const complaint of complaints) {
    if (await isProven(policy, envelope, ctx, complaint)) return "malformed(bidder)";
  }
  if (modes & MODE.B && seed?.length === SEED_LENGTH && equal(await commitTo(seed, ctx), envelope.commit)) return seed;
  if (!(modes & (MODE.T | MODE.J))) return "bidder-absent";
  /** @type {Map<number, { j: number, share: Bytes }>} */
  const good = new Map();
  for (const { j, share, r } of releases) {
    const line = envelope.shares[j - 1];
    if (line === undefined || share.length !== 32 || r.length !== 32) continue;
    if (equal(await shareCommitment(ctx, j, share, r), line.c)) good.set(j, { j, share });
  }
  if (good.size < k) return "trustees-short";
  const combined = combine([...good.values()].slice(0, k));
  if (envelope.cB === null) return combined;
  if (bidder === null || bidder.share.length !== 32 || bidder.r.length !== 32) return "bidder-absent";
  const isBidders = equal(await jointCommitment(ctx, bidder.share, bidder.r), envelope.cB);
  return isBidders ? xor(combined, bidder.share) : "bidder-absent";
}

/**
 * The verdict on one listed envelope, step by step as in §3.6; the index and its inner signature are the layer above.
 * @param {Uint8Array} policyBytes
 * @param {Uint8Array} envelopeBytes
 * @param {readonly (Source | null)[]} stored the bodies' ciphertexts; null: nothing was stored
 * @param {Answers} answers
 * @param {(body: number, block: Bytes) => void} [onBlock] gets the plaintexts in order; nothing of them holds unless the verdict is
 *   `opened`
 * @returns {Promise<Verdict>}
 * @throws {Refusal} a policy or an envelope that the log would not have taken
 */
export async function judge(policyBytes, envelopeBytes, stored, answers, onBlock) {
  const { policy, envelope, ctx } = await read(policyBytes, envelopeBytes);
  const seed = await seedOf(policy, envelope, ctx, answers);
  if (typeof seed === "string") return { verdict: seed };
  const again = await deriveEnvelope(policy, envelope.contextBytes, seed, envelope.bodies);
  if (!equal(again, envelopeBytes)) return { verdict: "malformed(bidder)" };
  for (const [i, { ctLength, root }] of envelope.bodies.entries()) {
    const body = stored[i] ?? null;
    if (body === null || body.length !== ctLength || !equal(await rootOf(body), root)) return { verdict: "bytes-missing" };
  }
  for (const [i, { pc }] of envelope.bodies.entries()) {
    const body = /** @type {Source} */ (stored[i]);
    const opened = await openBody(await bodySecrets(seed, ctx, i), body, pc, (block) => onBlock?.(i, block));
    if (!opened) return { verdict: "malformed(bidder)" };
  }
  return { verdict: "opened", seed };
}
