/**
 * The grammar of SBE/1: policy, context and envelope as bytes and as values, with the limits of §3.4 and the
 * refusals of §3.5.  Submissions are in `submission.js`.
 *
 * Parsers are strict: nothing after the end, nothing out of order, every limit that the bytes alone can break.
 */

import { concat, equal, hex, text, uint, utf8 } from "./bytes.js";
import { H } from "./derive.js";
import { TAG_LENGTH } from "./hpke.js";
import { KEMS } from "./kem.js";
import { leafCountOf } from "./layout.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/**
 * @typedef {object} Trustee line j of the policy, j = 1..n
 * @property {number} role 1 agency, 2 regulator, 3 platform, 4 notary
 * @property {number} suite 1 X25519, 2 P-256, 3 X-Wing
 * @property {Bytes} pk
 * @property {string} operator
 *
 * @typedef {object} Policy
 * @property {number} k
 * @property {readonly Trustee[]} trustees
 * @property {number} modes sum of 1 T, 2 B allowed, 4 J, 8 B first
 *
 * @typedef {object} Context
 * @property {string} tender
 * @property {string} lot may be empty
 * @property {number} stage
 * @property {Bytes} policyHash
 * @property {number} sigalg 1 Ed25519, 2 ECDSA P-256, 4 ML-DSA-65
 * @property {Bytes} submitPk
 * @property {Bytes} bidderTag
 * @property {Bytes} nonce
 *
 * @typedef {object} SealedShare line j of the envelope
 * @property {Bytes} c
 * @property {Bytes} sealed
 *
 * @typedef {object} BodyLine
 * @property {number} ctLength
 * @property {Bytes} root
 * @property {Bytes} pc
 *
 * @typedef {object} Envelope
 * @property {Context} context
 * @property {Bytes} contextBytes as they stand in the envelope
 * @property {number} k
 * @property {Bytes} commit
 * @property {readonly SealedShare[]} shares
 * @property {readonly BodyLine[]} bodies
 * @property {Bytes | null} cB ext 1, mode J
 */

/** @typedef {"bad-policy" | "bad-envelope" | "bad-submission" | "id-mismatch" | "wrong-context" | "unlike-policy" | "bad-chain" | "bad-signature" | "repeated-envelope"} RefusalCode */

export const MODE = Object.freeze({ T: 1, B: 2, J: 4, B_FIRST: 8 });
const MODES = [1, 2, 3, 4, 6, 11, 14];
const BODY_SUITE = 1;

/** Of a share as sealed: u8 j || share || r. */
export const SHARE_LENGTH = 65;

/** Lengths of submit_pk and sig by sigalg; SM2, 3, is reserved. @type {Readonly<Record<number, { pk: number, sig: number }>>} */
export const SIGALGS = Object.freeze({ 1: { pk: 32, sig: 64 }, 2: { pk: 65, sig: 64 }, 4: { pk: 1952, sig: 3309 } });

/** What §3.5 refuses, by its name there; the message says where. */
export class Refusal extends Error {
  /** @param {RefusalCode} code @param {string} where */
  constructor(code, where) {
    super(`${code}: ${where}`);
    this.name = "Refusal";
    this.code = code;
  }
}

/** Reads fields off the front of a byte string; whatever does not fit is refused under one code. */
export class Reader {
  /** @param {Uint8Array} bytes @param {RefusalCode} code */
  constructor(bytes, code) {
    this.bytes = bytes;
    this.code = code;
    this.at = 0;
  }

  /** @param {boolean} good @param {string} where @throws {Refusal} unless `good` */
  check(good, where) {
    if (!good) throw new Refusal(this.code, where);
  }

  /** @param {number} length @returns {Bytes} */
  take(length) {
    this.check(this.at + length <= this.bytes.length, "the bytes end too early");
    return new Uint8Array(this.bytes.subarray(this.at, (this.at += length)));
  }

  /** @param {string} magic */
  expect(magic) {
    this.check(equal(this.take(magic.length), utf8(magic)), `does not begin with ${magic}`);
  }

  /** @param {number} width in bytes @returns {bigint} */
  wide(width) {
    return this.take(width).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** @param {number} width 1 to 4 bytes @returns {number} */
  uint(width) {
    return Number(this.wide(width));
  }

  /** @param {number} width of the length: v8 or v16 is 1 or 2 @returns {Bytes} */
  variable(width) {
    return this.take(this.uint(width));
  }

  /** @param {number} width of the length @param {string} where @returns {string} */
  text(width, where) {
    const bytes = this.variable(width);
    try {
      return text(bytes);
    } catch (error) {
      if (error instanceof TypeError) throw new Refusal(this.code, `${where} is not UTF-8`);
      throw error;
    }
  }

  end() {
    this.check(this.at === this.bytes.length, "bytes after the end");
  }
}

/** v8 or v16 of bytes. @param {Uint8Array} bytes @param {number} width of the length */
export const variable = (bytes, width) => concat(uint(bytes.length, width), bytes);

/** @param {Policy} policy @returns {Bytes} as it stands: limits are the reader's to check */
export function encodePolicy({ k, trustees, modes }) {
  const lines = trustees.map(({ role, suite, pk, operator }) =>
    concat(uint(role, 1), uint(suite, 2), variable(pk, 2), variable(utf8(operator), 2)),
  );
  return concat(utf8("SBP1"), uint(k, 1), uint(trustees.length, 1), ...lines, uint(modes, 1));
}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Policy>}
 * @throws {Refusal} `bad-policy`: its grammar, its limits, or a key that its KEM refuses
 */
export async function parsePolicy(bytes) {
  const reader = new Reader(bytes, "bad-policy");
  reader.expect("SBP1");
  const [k, n] = [reader.uint(1), reader.uint(1)];
  reader.check(2 <= k && k <= n && n < 2 * k, "k and n need 2 <= k <= n < 2k");
  /** @type {Trustee[]} */
  const trustees = [];
  for (let j = 1; j <= n; j++) {
    const [role, suite, pk] = [reader.uint(1), reader.uint(2), reader.variable(2)];
    const operator = reader.text(2, "operator");
    reader.check(role >= 1 && role <= 4, `role of trustee ${j}`);
    reader.check(Object.hasOwn(KEMS, suite), `wrap suite of trustee ${j}`);
    reader.check(operator !== "", `operator of trustee ${j} is empty`);
    trustees.push({ role, suite, pk, operator });
  }
  const modes = reader.uint(1);
  reader.check(MODES.includes(modes), "modes");
  reader.end();
  reader.check(new Set(trustees.map(({ pk }) => hex(pk))).size === n, "a key that two trustees share");
  for (const { operator } of trustees) {
    reader.check(trustees.filter((other) => other.operator === operator).length < k, "an operator with k keys");
  }
  for (const [i, { suite, pk }] of trustees.entries()) {
    reader.check(pk.length === KEMS[suite].pkLength && (await KEMS[suite].accepts(pk)), `key of trustee ${i + 1}`);
  }
  return { k, trustees, modes };
}

/** @param {Uint8Array} bytes of a policy */
export const policyHash = (bytes) => H("sbe/1 policy", bytes);

/** @param {Context} context @returns {Bytes} */
export function encodeContext({ tender, lot, stage, policyHash, sigalg, submitPk, bidderTag, nonce }) {
  const names = concat(variable(utf8(tender), 1), variable(utf8(lot), 1), uint(stage, 1));
  const owner = concat(uint(sigalg, 1), variable(submitPk, 2), bidderTag, nonce);
  return concat(utf8("SBX1"), uint(BODY_SUITE, 2), names, policyHash, owner);
}

/**
 * @param {Uint8Array} bytes
 * @returns {Context}
 * @throws {Refusal} `bad-envelope`
 */
export function parseContext(bytes) {
  const reader = new Reader(bytes, "bad-envelope");
  reader.expect("SBX1");
  reader.check(reader.uint(2) === BODY_SUITE, "body suite");
  const [tender, lot, stage] = [reader.text(1, "tender"), reader.text(1, "lot"), reader.uint(1)];
  const [policyHash, sigalg, submitPk] = [reader.take(32), reader.uint(1), reader.variable(2)];
  const [bidderTag, nonce] = [reader.take(32), reader.take(32)];
  reader.end();
  reader.check(tender !== "", "the tender is empty");
  reader.check(stage >= 1, "stage");
  reader.check(Object.hasOwn(SIGALGS, sigalg), "sigalg");
  reader.check(submitPk.length === SIGALGS[sigalg].pk, "length of submit_pk");
  return { tender, lot, stage, policyHash, sigalg, submitPk, bidderTag, nonce };
}

/** @param {Uint8Array} context as bytes @returns {Promise<Bytes>} ctx */
export const contextHash = (context) => H("sbe/1 context", context);

/**
 * bidder_tag: names the bidder to whoever is told the blind, and to nobody else.
 * @param {string} tender
 * @param {string} bidderId
 * @param {Uint8Array} blind 32 random bytes, which travel sealed in body 0
 */
export const bidderTag = (tender, bidderId, blind) => H("sbe/1 bidder", utf8(tender), utf8(bidderId), blind);

/** @param {Omit<Envelope, "context">} envelope @returns {Bytes} */
export function encodeEnvelope({ contextBytes, k, commit, shares, bodies, cB }) {
  const lines = shares.map(({ c, sealed }, i) => concat(uint(i + 1, 1), c, variable(sealed, 2)));
  const files = bodies.map(({ ctLength, root, pc }) => concat(uint(ctLength, 8), root, pc));
  const exts = cB === null ? uint(0, 2) : concat(uint(1, 2), uint(1, 2), variable(cB, 2));
  const head = concat(utf8("SBE1"), variable(contextBytes, 2), uint(k, 1), uint(shares.length, 1), commit);
  return concat(head, ...lines, uint(bodies.length, 2), ...files, exts);
}

/**
 * @param {Uint8Array} bytes
 * @returns {Envelope}
 * @throws {Refusal} `bad-envelope`: its grammar, or a limit that needs no policy
 */
export function parseEnvelope(bytes) {
  const reader = new Reader(bytes, "bad-envelope");
  reader.expect("SBE1");
  const contextBytes = reader.variable(2);
  const context = parseContext(contextBytes);
  const [k, n, commit] = [reader.uint(1), reader.uint(1), reader.take(32)];
  /** @type {SealedShare[]} */
  const shares = [];
  for (let j = 1; j <= n; j++) {
    reader.check(reader.uint(1) === j, "order of the trustees' lines");
    shares.push({ c: reader.take(32), sealed: reader.variable(2) });
  }
  const m = reader.uint(2);
  reader.check(m >= 1, "no body");
  /** @type {BodyLine[]} */
  const bodies = [];
  for (let i = 0; i < m; i++) {
    const length = reader.wide(8);
    reader.check(length < 1n << 52n && leafCountOf(Number(length)) !== null, `ct_len of body ${i}`);
    bodies.push({ ctLength: Number(length), root: reader.take(32), pc: reader.take(32) });
  }
  const exts = reader.uint(2);
  reader.check(exts <= 1, "exts");
  if (exts === 1) reader.check(reader.uint(2) === 1, "unknown ext");
  const cB = exts === 1 ? reader.variable(2) : null;
  reader.check(cB === null || cB.length === 32, "length of ext 1");
  reader.end();
  return { context, contextBytes, k, commit, shares, bodies, cB };
}

/** @param {Uint8Array} bytes of an envelope */
export const envelopeId = (bytes) => H("sbe/1 envelope", bytes);

/**
 * @param {Envelope} envelope
 * @param {Policy} policy
 * @returns {boolean} k, n, the lengths of the sealed shares and ext 1 are what the policy says
 */
export function isLikePolicy({ k, shares, cB }, { k: threshold, trustees, modes }) {
  return (
    k === threshold &&
    shares.length === trustees.length &&
    shares.every(({ sealed }, i) => sealed.length === KEMS[trustees[i].suite].encLength + SHARE_LENGTH + TAG_LENGTH) &&
    (cB !== null) === ((modes & MODE.J) !== 0)
  );
}
