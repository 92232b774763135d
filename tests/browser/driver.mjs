/**
 * The sealer's functions for tests: JSON in, JSON out, bytes as hex.  Node calls it through `node.mjs`, a page by import.
 */

import { sealedLeaves } from "../../bidding/browser/body.js";
import { cobblestone, openStored } from "../../bidding/browser/cobblestone.js";
import { expand } from "../../bidding/browser/derive.js";
import * as hpke from "../../bidding/browser/hpke.js";
import { KEMS } from "../../bidding/browser/kem.js";
import * as keccak from "../../bidding/browser/keccak.js";
import * as mldsa from "../../bidding/browser/mldsa.js";
import * as mlkem from "../../bidding/browser/mlkem.js";
import { Sha256 } from "../../bidding/browser/filehash.js";
import * as sbe from "../../bidding/browser/seal.js";
import { Fault } from "../../bidding/browser/notes.js";
import { gcmKey, hmac, pointOf } from "../../bidding/browser/platform.js";
import { combine, shareAt } from "../../bidding/browser/shamir.js";
import * as logVectors from "./logvectors.mjs";
import { plaintext, recompute } from "./recompute.mjs";

const { bytesSource, concat, hex, unhex } = sbe;

const release = (of) => of && { share: unhex(of.share), r: unhex(of.r) };

/** The code of a refusal, anything else as it is. */
async function orRefused(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof sbe.Refusal) return error.code;
    throw error;
  }
}

async function acceptance({ tender, log, submit, envelopes }) {
  const known = { ...tender, policy: unhex(tender.policy) };
  const register = new sbe.Register();
  for (const before of log) {
    const taken = await sbe.accept(known, register, unhex(before.submit), before.envelopes.map(unhex));
    register.add(taken.submission, taken.link);
  }
  return orRefused(async () => {
    await sbe.accept(known, register, unhex(submit), envelopes.map(unhex));
    return "accepted";
  });
}

export const JOBS = {
  points: ({ scalars }) => Promise.all(scalars.map(async (scalar) => hex(await pointOf(unhex(scalar))))),
  vector: ({ one }) => recompute(one),
  logVector: ({ one }) => logVectors.recompute(one),

  async seal({ policy, context, seed, bodies }) {
    const fields = Object.fromEntries(["submitPk", "bidderTag", "nonce"].map((name) => [name, unhex(context[name])]));
    const sources = (await Promise.all(bodies.map(plaintext))).map(bytesSource);
    const order = { policy: unhex(policy), context: { ...context, ...fields }, seed: unhex(seed), bodies: sources };
    const sealed = await sbe.seal(order);
    const stored = [];
    for (const [i, source] of sources.entries()) {
      const leaves = [];
      for await (const leaf of sealedLeaves(await sbe.bodySecrets(unhex(seed), sealed.ctx, i), source)) leaves.push(leaf);
      stored.push(hex(concat(...leaves)));
    }
    return { envelope: hex(sealed.envelope), id: hex(sealed.id), stored };
  },

  async answer({ policy, envelope, j, sk }) {
    const opened = await sbe.answer(unhex(policy), unhex(envelope), j, unhex(sk));
    return opened && { share: hex(opened.share), r: hex(opened.r) };
  },

  judges: ({ all }) => Promise.all(all.map((one) => JOBS.judge(one))),

  async judge({ policy, envelope, stored, answers }) {
    const sources = stored.map((bytes) => (bytes === null ? null : bytesSource(unhex(bytes))));
    const given = {
      releases: answers.releases.map((of) => ({ j: of.j, ...release(of) })),
      seed: answers.seed === null ? null : unhex(answers.seed),
      bidder: release(answers.bidder),
      complaints: answers.complaints.map(({ j, sk }) => ({ j, sk: sk === null ? null : unhex(sk) })),
    };
    const plain = stored.map(() => []);
    const verdict = await sbe.judge(unhex(policy), unhex(envelope), sources, given, (i, block) => void plain[i].push(block));
    const hashes = await Promise.all(plain.map((blocks) => sbe.sha256(concat(...blocks))));
    return verdict.verdict === "opened" ? { verdict: "opened", plain: hashes.map(hex) } : verdict;
  },

  async submission(of) {
    const key = await sbe.submitKey(of.sigalg, unhex(of.sk));
    const submit = await key.sign({ ...of, prev: unhex(of.prev), ids: of.ids.map(unhex), submitPk: key.submitPk });
    return { submit: hex(submit), submitPk: hex(key.submitPk), hash: hex(await sbe.submissionHash(submit)) };
  },

  acceptances: ({ all }) => Promise.all(all.map(acceptance)),

  readings: ({ all }) =>
    Promise.all(
      all.map(({ policy, envelope, submit }) =>
        orRefused(async () => {
          if (policy !== undefined) await sbe.parsePolicy(unhex(policy));
          if (envelope !== undefined) sbe.parseEnvelope(unhex(envelope));
          if (submit !== undefined) sbe.parseSubmission(unhex(submit));
          return null;
        }),
      ),
    ),

  shamir({ secret, coefficients, n, k }) {
    const shares = Array.from({ length: n }, (_, i) => ({ j: i + 1, share: shareAt(unhex(secret), coefficients.map(unhex), i + 1) }));
    return { shares: shares.map(({ share }) => hex(share)), combined: hex(combine(shares.slice(n - k))) };
  },

  /** The published vectors stretch the key with SHA-256, Cobblestone-256 with SHA-512; all that follows is the same. */
  async cobblestone({ key, context, ciphertext }) {
    const [K, stored] = [unhex(key), unhex(ciphertext)];
    const salt = stored.slice(0, 24);
    const plain = [];
    let ours;
    try {
      ours = await cobblestone(K, salt, sbe.utf8(context));
    } catch (error) {
      if (error instanceof RangeError) return { opened: false };
      throw error;
    }
    const info = concat(sbe.utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"), salt, sbe.utf8(context));
    const derived = await expand(await hmac("SHA-256", K), 32, info, 76);
    const keys = { ...ours, key: await gcmKey(derived.slice(0, 32)), nonce: derived.slice(32, 44), commitment: derived.slice(44) };
    if (!(await openStored(keys, bytesSource(stored), (block) => void plain.push(block)))) return { opened: false };
    const source = bytesSource(concat(...plain));
    const again = [];
    for await (const leaf of sealedLeaves(keys, source)) again.push(leaf);
    const sha256 = hex(await sbe.sha256(await source.read(0, source.length)));
    return { opened: true, length: source.length, sha256, same: sbe.equal(concat(...again), stored) };
  },

  async encapsulation({ suite, pk, sk, ephemeral, enc }) {
    const made = await KEMS[suite].encapsulate(unhex(pk), unhex(ephemeral));
    const shared = await KEMS[suite].decapsulate(unhex(enc), unhex(sk));
    return { enc: hex(made.enc), made: hex(made.shared), shared: hex(shared), pk: hex(await KEMS[suite].publicOf(unhex(sk))) };
  },

  async hpke({ suite, pk, sk, ephemeral, info, plaintext: text, sealed }) {
    const made = await hpke.seal(KEMS[suite], unhex(pk), unhex(info), unhex(text), unhex(ephemeral));
    const opened = sealed && (await hpke.open(KEMS[suite], unhex(sk), unhex(info), unhex(sealed)));
    return { sealed: hex(made), opened: opened && hex(opened) };
  },

  async accepts({ suite, pks }) {
    return Promise.all(pks.map((pk) => KEMS[suite].accepts(unhex(pk))));
  },

  mlkem({ cases }) {
    return cases.map(({ seed, message, ciphertexts }) => {
      const { key } = mlkem.generate(unhex(seed));
      const { shared, ciphertext } = mlkem.encapsulate(key, unhex(message));
      const opened = ciphertexts.map((ct) => hex(mlkem.decapsulate(unhex(seed), unhex(ct))));
      return { key: hex(key), shared: hex(shared), ciphertext: hex(ciphertext), opened };
    });
  },

  mldsa({ cases }) {
    return cases.map(({ name, seed, message, signature }) => {
      const pk = mldsa.publicFromSeed(name, unhex(seed));
      const bent = unhex(signature);
      bent[bent.length >> 1] ^= 1;
      return {
        pk: hex(pk),
        signature: hex(mldsa.sign(name, unhex(seed), unhex(message), new Uint8Array(32))),
        verifies: mldsa.verify(name, pk, unhex(signature), unhex(message)),
        bent: mldsa.verify(name, pk, bent, unhex(message)),
        other: mldsa.verify(name, pk, unhex(signature), concat(unhex(message), Uint8Array.of(0))),
      };
    });
  },

  hashes({ messages }) {
    return messages.map(unhex).map((message) => {
      const whole = new Sha256();
      whole.update(message.subarray(0, message.length / 3));
      whole.update(message.subarray(message.length / 3));
      return {
        sha256: hex(whole.digest()),
        sha3_256: hex(keccak.sha3_256(message)),
        sha3_512: hex(keccak.sha3_512(message)),
        shake_128: hex(keccak.shake128(message, 200)),
        shake_256: hex(keccak.shake256(message, 200)),
      };
    });
  },

  index({ index, ctx, lengths }) {
    return (async () => ({
      body: hex(sbe.encodeIndex(index)),
      again: JSON.stringify(sbe.decodeIndex(sbe.encodeIndex(index))) === JSON.stringify(JSON.parse(sbe.canonical(index))),
      digest: hex(await sbe.bidDigest(unhex(ctx), index)),
      padme: lengths.map(sbe.padme),
    }))();
  },

  /** Whether a receipt proves that these bytes were handed in; the code of what is wrong with it. */
  async receipt({ file, policy, submit, envelopes }) {
    try {
      const receipt = await sbe.checkReceipt(unhex(file), await sbe.parseTrust(sbe.utf8(policy)));
      return { of: sbe.isReceiptOf(receipt, unhex(submit), envelopes.map(unhex)), signed: [...receipt.times.keys()] };
    } catch (error) {
      if (error instanceof Fault) return { fault: error.code };
      throw error;
    }
  },
};
