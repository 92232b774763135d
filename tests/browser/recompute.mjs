/**
 * Recomputes the cases of `sbe/1 vectors` with the sealer that bidders' browsers run; in Node and in a browser alike.
 */

import { bodySecrets, openBody, rootOf, sealedLeaves } from "../../bidding/browser/body.js";
import { bytesSource, concat, hex, uint, unhex, utf8 } from "../../bidding/browser/seal.js";
import { answer, judge } from "../../bidding/browser/opening.js";
import { sha256 } from "../../bidding/browser/platform.js";
import { secretsOf, xor } from "../../bidding/browser/sealing.js";
import { combine } from "../../bidding/browser/shamir.js";
import * as sbe from "../../bidding/browser/seal.js";
import { encodeUnsigned, isSigned, signedMessage, withSignature } from "../../bidding/browser/submission.js";

const digest = async (bytes) => hex(await sha256(bytes));

/** A plaintext, as the format describes one. */
export async function plaintext(of) {
  if (of.utf8 !== undefined) return utf8(of.utf8);
  if (of.hex !== undefined) return unhex(of.hex);
  if (of.rule === "squares") {
    const once = Uint8Array.from({ length: 65_536 }, (_, i) => Math.floor((i * i) / 8) & 255);
    return concat(...Array(of.times).fill(once));
  }
  if (of.rule === "counter") {
    const blocks = Array.from({ length: Math.ceil(of.len / 32) }, (_, i) => sha256(concat(utf8(of.label), uint(i, 8))));
    return concat(...(await Promise.all(blocks))).slice(0, of.len);
  }
  throw new TypeError(`unknown plaintext ${JSON.stringify(of)}`);
}

/** A stored body: honest bytes, edited ones, or none. */
async function stored(of, ctx, index) {
  if (of === null) return null;
  if (of.hex !== undefined) return bytesSource(unhex(of.hex));
  const leaves = [];
  const source = bytesSource(await plaintext(of.plain));
  for await (const leaf of sealedLeaves(await bodySecrets(unhex(of.seed), ctx, index), source)) leaves.push(leaf);
  for (const { op, from, to } of of.edits ?? []) {
    if (op !== "copy_leaf") throw new TypeError(`unknown edit ${op}`);
    leaves[to] = leaves[from];
  }
  return bytesSource(concat(...leaves));
}

const release = (of) => of && { share: unhex(of.share), r: unhex(of.r) };

function answersOf({ releases, seed, bidder, complaints }) {
  return {
    releases: (releases ?? []).map((of) => ({ j: of.j, ...release(of) })),
    seed: seed == null ? null : unhex(seed),
    bidder: release(bidder ?? null),
    complaints: (complaints ?? []).map(({ j, sk }) => ({ j, sk: sk ? unhex(sk) : null })),
  };
}

/** Of wide policies not all subsets of the shares are tried. */
const SUBSETS = 500;

/** All subsets of k members. */
function* subsets(members, k) {
  if (k === 0) {
    yield [];
    return;
  }
  for (let i = 0; i + k <= members.length; i++) {
    for (const rest of subsets(members.slice(i + 1), k - 1)) yield [members[i], ...rest];
  }
}

const KINDS = {
  async envelope({ policy, context, bidder, seed: seedHex, bodies }, expected) {
    const trustees = policy.trustees.map((line) => ({ ...line, pk: unhex(line.pk) }));
    const policyBytes = sbe.encodePolicy({ ...policy, trustees });
    const parsed = await sbe.parsePolicy(policyBytes);
    const tag = bidder ? await sbe.bidderTag(context.tender, bidder.id, unhex(bidder.blind)) : unhex(context.bidder_tag);
    const fields = { ...context, submitPk: unhex(context.submit_pk), bidderTag: tag, nonce: unhex(context.nonce) };
    const seed = unhex(seedHex);
    const plaintexts = await Promise.all(bodies.map(plaintext));
    const sources = plaintexts.map(bytesSource);
    const sealed = await sbe.seal({ policy: policyBytes, context: fields, seed, bodies: sources });
    const { context: read, contextBytes, shares: lines } = sbe.parseEnvelope(sealed.envelope);
    const secrets = await secretsOf(parsed, seed, sealed.ctx);

    const shared = secrets.joint ? xor(seed, secrets.joint.share) : seed;
    let tried = 0;
    for (const subset of subsets(secrets.shares.map(({ share }, i) => ({ j: i + 1, share })), policy.k)) {
      if (++tried > SUBSETS) break;
      if (hex(combine(subset)) !== hex(shared)) return { differs: `the shares ${subset.map(({ j }) => j)} do not combine` };
    }
    for (const [i, { sk }] of policy.trustees.entries()) {
      if (!sk) continue;
      const opened = await answer(policyBytes, sealed.envelope, i + 1, unhex(sk));
      if (opened === null || hex(opened.share) !== hex(secrets.shares[i].share)) return { differs: `trustee ${i + 1} cannot open` };
    }
    const described = [];
    for (const [i, body] of sealed.bodies.entries()) {
      const keys = await bodySecrets(seed, sealed.ctx, i);
      const leaves = [];
      for await (const leaf of sealedLeaves(keys, sources[i])) leaves.push(leaf);
      const ct = concat(...leaves);
      const opened = [];
      const fits = await openBody(keys, bytesSource(ct), body.pc, (block) => void opened.push(block));
      if (!fits || (await digest(concat(...opened))) !== (await digest(plaintexts[i]))) return { differs: `body ${i} does not open` };
      if (hex(await rootOf(bytesSource(ct))) !== hex(body.root)) return { differs: `root of the stored body ${i}` };
      described.push({
        K: hex(keys.K),
        salt: hex(keys.salt),
        ct_len: body.ctLength,
        ct_sha256: await digest(ct),
        leaves: body.leaves.length,
        root: hex(body.root),
        pblind: hex(keys.pblind),
        plain_tree: hex(body.plainTree),
        pc: hex(body.pc),
        ...(expected.bodies?.[i]?.ct === undefined ? {} : { ct: hex(ct) }),
      });
    }
    const text = ({ share, r, c }) => ({ share: hex(share), r: hex(r), c: hex(c) });
    return {
      policy: hex(policyBytes),
      policy_hash: hex(read.policyHash),
      context: hex(contextBytes),
      ctx: hex(sealed.ctx),
      commit: hex(secrets.commit),
      shares: secrets.shares.map((share, i) => ({ j: i + 1, ...text(share), sealed: hex(lines[i].sealed) })),
      ...(secrets.joint && { joint: text(secrets.joint) }),
      bodies: described,
      envelope: hex(sealed.envelope),
      envelope_len: sealed.envelope.length,
      envelope_id: hex(sealed.id),
    };
  },

  async trustee({ policy, envelope, j, sk }) {
    const opened = await answer(unhex(policy), unhex(envelope), j, unhex(sk));
    return opened === null ? { verdict: "complaint" } : { verdict: "release", share: hex(opened.share), r: hex(opened.r) };
  },

  async opening({ policy, envelope, stored: bodies, answers, subsets: choices }) {
    const ctx = await sbe.contextHash(sbe.parseEnvelope(unhex(envelope)).contextBytes);
    const sources = await Promise.all(bodies.map((body, i) => stored(body, ctx, i)));
    const all = answersOf(answers);
    const results = [];
    for (const chosen of choices ?? [null]) {
      const releases = all.releases.filter(({ j }) => chosen === null || chosen.includes(j));
      const plain = bodies.map(() => []);
      const verdict = await judge(unhex(policy), unhex(envelope), sources, { ...all, releases }, (i, block) => {
        plain[i].push(block);
      });
      const whole = plain.map((blocks) => concat(...blocks));
      const opened = await Promise.all(whole.map(async (bytes) => ({ len: bytes.length, sha256: await digest(bytes) })));
      results.push(verdict.verdict === "opened" ? { ...verdict, seed: hex(verdict.seed), bodies: opened } : verdict);
    }
    const differing = results.findIndex((result) => JSON.stringify(result) !== JSON.stringify(results[0]));
    return differing < 0 ? results[0] : { differs: `subset ${choices[differing]} gives ${results[differing].verdict}` };
  },

  async policy({ policy }) {
    const { k, trustees } = await sbe.parsePolicy(unhex(policy));
    return { verdict: "ok", k, n: trustees.length, policy_hash: hex(await sbe.policyHash(unhex(policy))) };
  },

  async submission(of, expected) {
    const key = await sbe.submitKey(of.sigalg, unhex(of.submit_sk));
    const ids = of.envelope_ids.map(unhex);
    const fields = { ...of, prev: unhex(of.prev), clientMs: BigInt(of.client_ms), ids, submitPk: key.submitPk };
    const beforeSig = encodeUnsigned(fields);
    let submit = await key.sign(fields);
    if (of.sigalg !== 1) {
      // ECDSA and ML-DSA draw anew each time: ours must verify as theirs does, and theirs makes the bytes.
      const theirs = withSignature(beforeSig, unhex(expected.sig));
      for (const bytes of [submit, theirs]) {
        if (!(await isSigned(of.sigalg, sbe.parseSubmission(bytes)))) return { differs: "sig does not verify" };
      }
      submit = theirs;
    }
    const hash = await sbe.submissionHash(submit);
    return {
      submit_pk: hex(key.submitPk),
      before_sig: hex(beforeSig),
      signed_message: hex(await signedMessage(beforeSig)),
      sig: hex(sbe.parseSubmission(submit).sig),
      submit: hex(submit),
      submission_hash: hex(hash),
      leaf: hex(await sbe.logLeaf(unhex(of.salt32), hash)),
    };
  },

  async acceptance({ tender, log, submit, envelopes }) {
    const known = { ...tender, policy: unhex(tender.policy) };
    const register = new sbe.Register();
    await sbe.parsePolicy(known.policy);
    for (const [i, before] of log.entries()) {
      try {
        const taken = await sbe.accept(known, register, unhex(before.submit), before.envelopes.map(unhex));
        register.add(taken.submission, taken.link);
      } catch (error) {
        return { differs: `entry ${i} of the log: ${error.message}` };
      }
    }
    const { link } = await sbe.accept(known, register, unhex(submit), envelopes.map(unhex));
    return { verdict: "accepted", submission_hash: hex(link.hash), in_force: link.ids };
  },
};

/** The first place where two JSON values differ, or null. */
function difference(expected, found, path = "") {
  if (typeof expected !== "object" || expected === null || typeof found !== "object" || found === null) {
    return Object.is(expected, found) ? null : `${path || "out"}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const deeper = difference(expected[key], found[key], path ? `${path}.${key}` : key);
    if (deeper) return deeper;
  }
  return null;
}

/**
 * @param {{ kind: string, in: any, out: any }} one a case
 * @returns {Promise<string | null>} what differs, or null
 */
export async function recompute(one) {
  if (!Object.hasOwn(KINDS, one?.kind)) return `unknown kind ${one?.kind}`;
  let found;
  try {
    found = await KINDS[one.kind](one.in, one.out);
  } catch (error) {
    if (!(error instanceof sbe.Refusal)) return `${error.name}: ${error.message}`;
    found = { verdict: error.code };
  }
  return found.differs ?? difference(one.out, found);
}

/**
 * Numbers of 64 bits lose digits as JavaScript numbers.
 * @param {string} json
 */
export const wideAsText = (json) => json.replace(/("client_ms"\s*:\s*)(\d+)/g, '$1"$2"');
