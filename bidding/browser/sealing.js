/**
 * Sealing: the envelope from its policy, its context, its seed and what its bodies hash to (SBE/1 §3).
 *
 * Everything but the body lines follows from the three inputs, so the same function seals and re-derives.
 */

import { concat, uint, utf8 } from "./bytes.js";
import { bodySecrets, sealBody } from "./body.js";
import { H, deriveFrom, label } from "./derive.js";
import * as hpke from "./hpke.js";
import { KEMS } from "./kem.js";
import { shareAt } from "./shamir.js";
import { MODE, contextHash, encodeContext, encodeEnvelope, envelopeId, parsePolicy, policyHash } from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Policy} Policy */
/** @typedef {import("./wire.js").BodyLine} BodyLine */
/** @typedef {import("./body.js").Source} Source */
/** @typedef {import("./body.js").SealedBody} SealedBody */

/**
 * @typedef {object} Share trustee j's
 * @property {Bytes} share
 * @property {Bytes} r
 * @property {Bytes} c
 *
 * @typedef {object} Secrets
 * @property {Bytes} commit
 * @property {readonly Share[]} shares j = 1..n
 * @property {Share | null} joint S_B, its blind and c_B, in mode J
 *
 * @typedef {object} Sealed
 * @property {Bytes} envelope
 * @property {Bytes} id envelope_id
 * @property {Bytes} ctx
 * @property {readonly SealedBody[]} bodies
 */

/** @param {Bytes} ctx @param {number} j @param {Uint8Array} share @param {Uint8Array} r */
export const shareCommitment = (ctx, j, share, r) => H("sbe/1 share", ctx, uint(j, 1), share, r);

/** c_B of mode J. @param {Bytes} ctx @param {Uint8Array} share S_B @param {Uint8Array} blind */
export const jointCommitment = (ctx, share, blind) => H("sbe/1 bshare", ctx, share, blind);

/** `info` of a share's wrap. @param {Bytes} ctx @param {number} j */
export const shareInfo = (ctx, j) => concat(utf8("sbe/1 share\0"), ctx, uint(j, 1));

/** @param {Uint8Array} a @param {Uint8Array} b @returns {Bytes} */
export const xor = (a, b) => Uint8Array.from(a, (byte, i) => byte ^ b[i]);

/**
 * @param {Bytes} seed S
 * @param {Bytes} ctx
 * @returns {Promise<Bytes>} X("commit", 32): what the envelope says of its seed
 */
export async function commitTo(seed, ctx) {
  return (await deriveFrom(seed, ctx))(label("commit"), 32);
}

/**
 * @param {Policy} policy
 * @param {Bytes} seed S
 * @param {Bytes} ctx
 * @returns {Promise<Secrets>}
 * @throws {RangeError} a seed that has not 32 bytes
 */
export async function secretsOf({ k, trustees, modes }, seed, ctx) {
  const X = await deriveFrom(seed, ctx);
  const joint = modes & MODE.J ? await X(label("joint"), 32) : null;
  const shared = joint === null ? seed : xor(seed, joint);
  const coefficients = await Promise.all(Array.from({ length: k - 1 }, (_, t) => X(label("coef", t + 1), 32)));
  const shares = trustees.map(async (_, i) => {
    const share = shareAt(shared, coefficients, i + 1);
    const r = await X(label("blind", i + 1), 32);
    return { share, r, c: await shareCommitment(ctx, i + 1, share, r) };
  });
  const bblind = await X(label("bblind"), 32);
  return {
    commit: await X(label("commit"), 32),
    shares: await Promise.all(shares),
    joint: joint && { share: joint, r: bblind, c: await jointCommitment(ctx, joint, bblind) },
  };
}

/**
 * @param {Policy} policy
 * @param {Bytes} contextBytes
 * @param {Bytes} seed S
 * @param {readonly BodyLine[]} bodies
 * @returns {Promise<Bytes>} the envelope
 */
export async function deriveEnvelope(policy, contextBytes, seed, bodies) {
  const ctx = await contextHash(contextBytes);
  const X = await deriveFrom(seed, ctx);
  const { commit, shares, joint } = await secretsOf(policy, seed, ctx);
  const lines = policy.trustees.map(async ({ suite, pk }, i) => {
    const { share, r, c } = shares[i];
    const ephemeral = await X(label("eph", i + 1), KEMS[suite].ephemeralLength);
    const plaintext = concat(uint(i + 1, 1), share, r);
    return { c, sealed: await hpke.seal(KEMS[suite], pk, shareInfo(ctx, i + 1), plaintext, ephemeral) };
  });
  const cB = joint && joint.c;
  return encodeEnvelope({ contextBytes, k: policy.k, commit, shares: await Promise.all(lines), bodies, cB });
}

/**
 * Seals one envelope.
 * @param {object} order
 * @param {Bytes} order.policy as bytes
 * @param {Omit<import("./wire.js").Context, "policyHash">} order.context without the policy's hash, which is computed here
 * @param {Bytes} order.seed S, 32 fresh random bytes for every envelope, as is the nonce of the context
 * @param {readonly Source[]} order.bodies plaintexts
 * @param {Parameters<typeof sealBody>[2]} [how] who does the work, and who is told of it
 * @returns {Promise<Sealed>}
 * @throws {import("./wire.js").Refusal} `bad-policy`
 * @throws {RangeError} a seed that has not 32 bytes
 */
export async function seal({ policy, context, seed, bodies }, how) {
  const parsed = await parsePolicy(policy);
  const contextBytes = encodeContext({ ...context, policyHash: await policyHash(policy) });
  const ctx = await contextHash(contextBytes);
  /** @type {SealedBody[]} */
  const sealed = [];
  for (const [i, source] of bodies.entries()) {
    sealed.push(await sealBody(await bodySecrets(seed, ctx, i), source, how));
  }
  const envelope = await deriveEnvelope(parsed, contextBytes, seed, sealed);
  return { envelope, id: await envelopeId(envelope), ctx, bodies: sealed };
}
