/**
 * Submissions: their bytes, their signature, their chain, and what is refused at commit (SBE/1 §3, §3.5).
 *
 * Whether the bodies are there, and the clock, are rules of the layer above.
 */

import { concat, equal, hex, uint, utf8 } from "./bytes.js";
import { H } from "./derive.js";
import * as mldsa from "./mldsa.js";
import { privateKey, publicKey, publicOf, random, sha256, sign, verify } from "./platform.js";
import {
  Reader,
  Refusal,
  SIGALGS,
  envelopeId,
  isLikePolicy,
  parseEnvelope,
  parsePolicy,
  policyHash,
  variable,
} from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Envelope} Envelope */

export const SUBMIT = 1;
export const WITHDRAW = 2;

/**
 * @typedef {object} Unsigned
 * @property {number} action 1 submit, 2 withdraw
 * @property {string} tender
 * @property {string} lot
 * @property {number} seq 1, 2, 3 ... in the chain of one submit_pk
 * @property {Bytes} prev submission hash of the one before; 32 zero bytes when seq = 1
 * @property {number | bigint} clientMs informs and decides nothing
 * @property {readonly Bytes[]} ids envelope ids, one for each stage
 * @property {Bytes} submitPk
 *
 * @typedef {Unsigned & { sig: Bytes, beforeSig: Bytes }} Submission
 *
 * @typedef {object} Tender what the log knows of it
 * @property {string} tender
 * @property {readonly string[]} lots
 * @property {readonly number[]} stages ascending
 * @property {Uint8Array} policy as bytes
 *
 * @typedef {object} Link the last submission of a chain
 * @property {number} seq
 * @property {Bytes} hash
 * @property {number} sigalg
 * @property {readonly string[]} ids those in force, in hex
 */

/** The curves of WebCrypto by sigalg; ML-DSA-65, 4, is our own. @type {Readonly<Record<number, "Ed25519" | "ECDSA">>} */
const CURVES = Object.freeze({ 1: "Ed25519", 2: "ECDSA" });
const ML_DSA_65 = 4;

/** @param {Unsigned} submission @returns {Bytes} everything before v16(sig) */
export function encodeUnsigned({ action, tender, lot, seq, prev, clientMs, ids, submitPk }) {
  const place = concat(uint(action, 1), variable(utf8(tender), 1), variable(utf8(lot), 1));
  const time = concat(uint(seq, 4), prev, uint(clientMs, 8), uint(ids.length, 1), ...ids);
  return concat(utf8("SBS1"), place, time, variable(submitPk, 2));
}

/** @param {Bytes} beforeSig @returns {Promise<Bytes>} the message that is signed */
export const signedMessage = async (beforeSig) => concat(utf8("sbe/1 submission\0"), await sha256(beforeSig));

/** @param {Uint8Array} submit with its signature @returns {Promise<Bytes>} */
export const submissionHash = (submit) => H("sbe/1 submission", submit);

/** @param {Uint8Array} salt 32 bytes, drawn by the platform @param {Uint8Array} hash submission hash @returns {Promise<Bytes>} */
export const logLeaf = (salt, hash) => H("sbe/1 leaf", salt, hash);

/** @param {Bytes} beforeSig @param {Uint8Array} sig @returns {Bytes} submit */
export const withSignature = (beforeSig, sig) => concat(beforeSig, variable(sig, 2));

/**
 * A key that authorises replacement and withdrawal without naming the bidder.
 * @param {number} sigalg 1, 2 or 4
 * @param {Bytes} sk 32 bytes; for ECDSA a scalar below the order, which 32 random bytes practically always are
 * @returns {Promise<{ submitPk: Bytes, sign: (unsigned: Unsigned) => Promise<Bytes> }>} `sign` gives the whole submit
 * @throws {RangeError} no such key
 */
export async function submitKey(sigalg, sk) {
  const { submitPk, signer } = await keyPair(sigalg, sk);
  return {
    submitPk,
    async sign(unsigned) {
      const beforeSig = encodeUnsigned(unsigned);
      return withSignature(beforeSig, await signer(await signedMessage(beforeSig)));
    },
  };
}

/**
 * @param {number} sigalg
 * @param {Bytes} sk
 * @returns {Promise<{ submitPk: Bytes, signer: (message: Bytes) => Promise<Bytes> }>}
 */
async function keyPair(sigalg, sk) {
  if (sigalg === ML_DSA_65) {
    const submitPk = mldsa.publicFromSeed("ML-DSA-65", sk);
    return { submitPk, signer: async (message) => mldsa.sign("ML-DSA-65", sk, message, random(32)) };
  }
  const curve = CURVES[sigalg];
  if (curve === undefined) throw new RangeError(`there is no sigalg ${sigalg}`);
  const key = await privateKey(curve, sk);
  return { submitPk: await publicOf(key, sk), signer: (message) => sign(key, message) };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Submission}
 * @throws {Refusal} `bad-submission`
 */
export function parseSubmission(bytes) {
  const reader = new Reader(bytes, "bad-submission");
  reader.expect("SBS1");
  const [action, tender, lot] = [reader.uint(1), reader.text(1, "tender"), reader.text(1, "lot")];
  const [seq, prev, clientMs] = [reader.uint(4), reader.take(32), reader.wide(8)];
  const count = reader.uint(1);
  const ids = Array.from({ length: count }, () => reader.take(32));
  const submitPk = reader.variable(2);
  const beforeSig = new Uint8Array(bytes.subarray(0, reader.at));
  const sig = reader.variable(2);
  reader.end();
  reader.check(tender !== "", "the tender is empty");
  reader.check(action === SUBMIT || action === WITHDRAW, "action");
  reader.check((action === SUBMIT) === count > 0, "a submission names envelopes, a withdrawal none");
  return { action, tender, lot, seq, prev, clientMs, ids, submitPk, sig, beforeSig };
}

/**
 * @param {number} sigalg
 * @param {Submission} submission
 * @returns {Promise<boolean>}
 */
export async function isSigned(sigalg, { submitPk, sig, beforeSig }) {
  if (sig.length !== SIGALGS[sigalg].sig) return false;
  const message = await signedMessage(beforeSig);
  if (sigalg === ML_DSA_65) return mldsa.verify("ML-DSA-65", submitPk, sig, message);
  let key;
  try {
    key = await publicKey(CURVES[sigalg], submitPk);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  return verify(key, sig, message);
}

/** What the log already holds: chains by their key, and every envelope id. */
export class Register {
  constructor() {
    /** @type {Map<string, Link>} */
    this.chains = new Map();
    /** @type {Set<string>} */
    this.ids = new Set();
  }

  /** @param {Submission} submission @returns {string} */
  static chainOf({ tender, lot, submitPk }) {
    return JSON.stringify([tender, lot, hex(submitPk)]);
  }

  /**
   * Takes in an accepted submission.
   * @param {Submission} submission
   * @param {Link} link
   */
  add(submission, link) {
    this.chains.set(Register.chainOf(submission), link);
    for (const id of link.ids) this.ids.add(id);
  }
}

/**
 * @param {boolean} good
 * @param {import("./wire.js").RefusalCode} code
 * @param {string} where
 */
function check(good, code, where) {
  if (!good) throw new Refusal(code, where);
}

/**
 * The checks at commit, in the order of §3.5.
 * @param {Tender} tender
 * @param {Register} register
 * @param {Uint8Array} submit
 * @param {readonly Uint8Array[]} delivered the envelopes that came with it
 * @returns {Promise<{ submission: Submission, link: Link }>} accepted: `register.add` takes both
 * @throws {Refusal} the first check that fails; `bad-policy` comes before all of them
 */
export async function accept(tender, register, submit, delivered) {
  const policy = await parsePolicy(tender.policy);
  const submission = parseSubmission(submit);
  const envelopes = delivered.map(parseEnvelope);
  const named = submission.ids.map(hex);
  const brought = (await Promise.all(delivered.map(envelopeId))).map(hex);
  check(named.join() === brought.join(), "id-mismatch", "the ids named are not those of the envelopes delivered");
  checkContext(tender, submission, envelopes, await policyHash(tender.policy));
  for (const envelope of envelopes) check(isLikePolicy(envelope, policy), "unlike-policy", "an envelope unlike the policy");
  const link = register.chains.get(Register.chainOf(submission));
  const sigalg = envelopes[0]?.context.sigalg ?? link?.sigalg;
  if (sigalg === undefined) throw new Refusal("bad-chain", "a withdrawal in an empty chain");
  check(await isSigned(sigalg, submission), "bad-signature", "the signature does not verify");
  checkChain(submission, sigalg, link);
  const kept = link?.ids ?? [];
  const fresh = named.filter((id) => !kept.includes(id));
  check(!fresh.some((id) => register.ids.has(id)), "repeated-envelope", "an envelope that the log already has");
  return { submission, link: { seq: submission.seq, hash: await submissionHash(submit), sigalg, ids: named } };
}

/**
 * @param {Tender} tender
 * @param {Submission} submission
 * @param {readonly Envelope[]} envelopes
 * @param {Uint8Array} policy its hash
 */
function checkContext(tender, submission, envelopes, policy) {
  const here = submission.tender === tender.tender && tender.lots.includes(submission.lot);
  check(here, "wrong-context", "another tender, or a lot that it does not have");
  for (const { context } of envelopes) {
    const own = context.tender === submission.tender && context.lot === submission.lot;
    check(own && equal(context.submitPk, submission.submitPk), "wrong-context", "an envelope made for something else");
    check(equal(context.policyHash, policy), "wrong-context", "an envelope under another policy");
    check(context.sigalg === envelopes[0].context.sigalg, "wrong-context", "sigalgs that differ");
  }
  const stages = envelopes.map(({ context }) => context.stage).join();
  check(submission.action === WITHDRAW || stages === tender.stages.join(), "wrong-context", "stages other than the tender's");
}

/**
 * @param {Submission} submission
 * @param {number} sigalg
 * @param {Link | undefined} link
 */
function checkChain({ action, seq, prev }, sigalg, link) {
  check(seq === (link?.seq ?? 0) + 1, "bad-chain", "seq is not the next one");
  check(equal(prev, link?.hash ?? new Uint8Array(32)), "bad-chain", "prev is not the submission before");
  check(action === SUBMIT || link?.ids.length !== 0, "bad-chain", "a withdrawal right after a withdrawal");
  check(link === undefined || link.sigalg === sigalg, "bad-chain", "another sigalg than the chain's");
}
