/**
 * Preparing one bid for one stage: index and attachments, envelope, test of one's own envelope, seed file.
 *
 * Runs in the worker.  Nothing here touches the network or stores anything; what leaves are an envelope and
 * leaf hashes, and the secrets of the bid to whoever ordered it.
 */

import { checkStretch, bodySecrets, hashStretch, sealBody } from "./body.js";
import { equal, hex, unhex, utf8 } from "./bytes.js";
import { blobSource } from "./crew.js";
import { hashFile } from "./filehash.js";
import { attachments, bidDigest, decodeIndex, encodeIndex, fileTable } from "./index.js";
import { random } from "./platform.js";
import { deriveEnvelope } from "./sealing.js";
import { submitKey } from "./submission.js";
import {
  bidderTag,
  contextHash,
  encodeContext,
  envelopeId,
  isLikePolicy,
  parseEnvelope,
  parsePolicy,
  policyHash,
} from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./body.js").Member} Member */
/** @typedef {import("./body.js").SealedBody} SealedBody */
/** @typedef {import("./index.js").Index} Index */

/**
 * @typedef {object} Order one envelope to make
 * @property {Bytes} policy as bytes, from the tender's logged statement
 * @property {string} tender
 * @property {string} lot
 * @property {number} stage
 * @property {string} bidderId
 * @property {Record<string, unknown>} form goes into the index as it is: no floats, money as strings
 * @property {string[]} [certificates] base64 of DER, the signer's first
 * @property {readonly File[]} files
 * @property {{ sigalg: number, sk: Bytes }} [submitKey] of the chain; a fresh Ed25519 key when absent
 *
 * @typedef {object} Progress
 * @property {"seal" | "hash" | "test" | "upload"} phase
 * @property {number} bytes done in this phase
 * @property {number} total
 * @property {number} rate bytes a second, over the last seconds
 * @property {number} secondsLeft at that rate; Infinity while there is none
 *
 * @typedef {object} SeedFile JSON: whoever has it and the ciphertext reads the bid; sent again after a reload it resumes an upload
 * @property {"sbe/1 seed"} format
 * @property {string} envelope_id
 * @property {string} tender
 * @property {string} lot
 * @property {number} stage
 * @property {string} policy hex
 * @property {string} envelope hex
 * @property {string} seed hex, S
 * @property {number} sigalg
 * @property {string} submit_sk hex
 * @property {Index} index with its signature
 * @property {string[][]} leaves hex, for each body: the gate of the upload
 *
 * @typedef {object} Bid
 * @property {Bytes} envelope
 * @property {Bytes} id envelope_id
 * @property {Bytes} ctx
 * @property {Bytes} submitPk
 * @property {{ ctLength: number, root: Bytes, leaves: readonly Bytes[] }[]} bodies
 * @property {SeedFile} seedFile to be saved by the bidder before anything is committed
 */

/** The envelope did not pass the test of its own maker: nothing may be committed. */
export class SelfTestFailed extends Error {
  /** @param {string} what */
  constructor(what) {
    super(`self-test: ${what}`);
    this.name = "SelfTestFailed";
  }
}

/** @param {boolean} good @param {string} what */
function must(good, what) {
  if (!good) throw new SelfTestFailed(what);
}

/**
 * @param {Order} order
 * @param {object} how
 * @param {(kind: "stretch" | "check") => readonly Member[]} [how.pass] the crew; absent: this thread
 * @param {(progress: Progress) => void} how.progress
 * @param {(digest: Bytes) => Promise<string | null>} how.sign the bidder's certificate over 32 bytes, base64; null: unsigned
 * @returns {Promise<Bid>}
 * @throws {import("./wire.js").Refusal} `bad-policy`
 * @throws {SelfTestFailed}
 */
export async function prepare(order, { pass = here, progress, sign }) {
  const { tender, lot, stage, bidderId, form, files } = order;
  const policy = await parsePolicy(order.policy);
  const { sigalg, sk } = order.submitKey ?? { sigalg: 1, sk: random(32) };
  const { submitPk } = await submitKey(sigalg, sk);
  const [seed, nonce, blind] = [random(32), random(32), random(32)];
  const tag = await bidderTag(tender, bidderId, blind);
  const place = { tender, lot, stage, policyHash: await policyHash(order.policy) };
  const contextBytes = encodeContext({ ...place, sigalg, submitPk, bidderTag: tag, nonce });
  const ctx = await contextHash(contextBytes);

  const body1 = files.length > 0 ? blobSource(attachments(files)) : null;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const hashing = track("hash", size, progress);
  const sealing = track("seal", body1?.length ?? 0, progress);
  // The platform's threads encrypt while this one hashes large files.
  const [sealed1, hashes] = await Promise.all([
    body1 && sealBody(await bodySecrets(seed, ctx, 1), body1, { crew: pass("stretch"), onProgress: sealing }),
    inTurn(files, (file) => hashFile(file, hashing)),
  ]);
  const unsigned = { bidder_id: bidderId, blind: hex(blind), certificates: order.certificates ?? [], form };
  /** @type {Index} */
  const index = { ...unsigned, files: fileTable(files, hashes) };
  const signature = await sign(await bidDigest(ctx, index));
  if (signature === null) index.certificates = [];
  else index.signature = signature;
  const body0 = blobSource(new Blob([encodeIndex(index)]));
  const sealed0 = await sealBody(await bodySecrets(seed, ctx, 0), body0, { crew: pass("stretch") });

  const bodies = sealed1 === null ? [sealed0] : [sealed0, sealed1];
  const envelope = await deriveEnvelope(policy, contextBytes, seed, bodies);
  /** @type {SeedFile} */
  const seedFile = {
    format: "sbe/1 seed",
    ...{ envelope_id: hex(await envelopeId(envelope)), tender, lot, stage },
    ...{ policy: hex(order.policy), envelope: hex(envelope), seed: hex(seed), sigalg, submit_sk: hex(sk), index },
    leaves: bodies.map(({ leaves }) => leaves.map(hex)),
  };
  await selfTest(seedFile, files, { pass, progress });
  const lines = bodies.map(({ ctLength, root, leaves }) => ({ ctLength, root, leaves }));
  return { envelope, id: unhex(seedFile.envelope_id), ctx, submitPk, bodies: lines, seedFile };
}

/** The crew when there is none. @param {"stretch" | "check"} kind @returns {Member[]} */
function here(kind) {
  return Array(2).fill(kind === "stretch" ? hashStretch : checkStretch);
}

/**
 * Opens one's own envelope from nothing but the seed file, the envelope in it and the files, as a stranger would:
 * reads it again, re-creates it from S, decrypts every chunk that would be uploaded and compares the files' hashes.
 * @param {SeedFile} seedFile
 * @param {readonly File[]} files in the order of the index
 * @param {object} how
 * @param {(kind: "stretch" | "check") => readonly Member[]} [how.pass]
 * @param {(progress: Progress) => void} how.progress
 * @throws {SelfTestFailed}
 */
export async function selfTest(seedFile, files, { pass = here, progress }) {
  const [envelopeBytes, policyBytes, seed] = [seedFile.envelope, seedFile.policy, seedFile.seed].map(unhex);
  const envelope = parseEnvelope(envelopeBytes);
  const policy = await parsePolicy(policyBytes);
  must(equal(await policyHash(policyBytes), envelope.context.policyHash) && isLikePolicy(envelope, policy), "another policy");
  must(hex(await envelopeId(envelopeBytes)) === seedFile.envelope_id, "another envelope id");
  const again = await deriveEnvelope(policy, envelope.contextBytes, seed, envelope.bodies);
  must(equal(again, envelopeBytes), "the seed does not re-create the envelope");
  const ctx = await contextHash(envelope.contextBytes);
  const index = decodeIndex(encodeIndex(seedFile.index));
  const tag = await bidderTag(envelope.context.tender, index.bidder_id, unhex(index.blind));
  must(equal(tag, envelope.context.bidderTag), "another bidder's tag");
  must(index.files.length === files.length, "another number of files");

  const sources = bodiesOf(index, files);
  must(sources.length === envelope.bodies.length, "another number of bodies");
  const testing = track("test", sources.reduce((sum, { length }) => sum + length, 0), progress);
  const bodies = async () => {
    for (const [i, source] of sources.entries()) {
      const how = { crew: pass("check"), onProgress: testing };
      const { ctLength, root, pc } = await sealBody(await bodySecrets(seed, ctx, i), source, how);
      const line = envelope.bodies[i];
      must(ctLength === line.ctLength && equal(root, line.root) && equal(pc, line.pc), `body ${i} does not open to what was sealed`);
    }
  };
  const hashes = inTurn(files, (file) => hashFile(file));
  const [found] = await Promise.all([hashes, bodies()]);
  index.files.forEach(({ sha256, name }, i) => must(hex(found[i]) === sha256, `${name} has another hash`));
}

/**
 * The plaintexts of an envelope's bodies.
 * @param {Index} index
 * @param {readonly Blob[]} files in the order of the index
 */
export function bodiesOf(index, files) {
  const body0 = blobSource(new Blob([encodeIndex(index)]));
  return files.length === 0 ? [body0] : [body0, blobSource(attachments(files))];
}

/**
 * The files of a seed file among those that the bidder picked again, in the order of the index.
 * @param {Index} index
 * @param {readonly File[]} picked
 * @returns {File[]}
 * @throws {RangeError} one is not among them; whether the content is the same, the gate of the upload tells
 */
export function matchFiles(index, picked) {
  const rest = [...picked];
  return index.files.map(({ name, length }) => {
    const at = rest.findIndex((file) => file.name === name && file.size === length);
    if (at < 0) throw new RangeError(`${name}, ${length} bytes, is not among the files`);
    return rest.splice(at, 1)[0];
  });
}

/** @param {string} json @returns {SeedFile} @throws {SyntaxError | RangeError} no seed file */
export function readSeedFile(json) {
  const file = JSON.parse(json);
  if (file?.format !== "sbe/1 seed") throw new RangeError("not a seed file");
  return file;
}

/** @param {SeedFile} seedFile @returns {Bytes} the file's bytes, to be saved under `<envelope id>.seed.json` */
export const writeSeedFile = (seedFile) => utf8(`${JSON.stringify(seedFile, null, 1)}\n`);

/** @template T, U @param {readonly T[]} items @param {(item: T) => Promise<U>} work @returns {Promise<U[]>} one after the other */
async function inTurn(items, work) {
  const done = [];
  for (const item of items) done.push(await work(item));
  return done;
}

/** Seconds over which a rate is taken. */
const WINDOW = 10;

/**
 * @param {Progress["phase"]} phase
 * @param {number} total
 * @param {(progress: Progress) => void} tell
 * @param {() => number} [clock] milliseconds
 * @returns {(bytes: number) => void} takes what was done since the last time
 */
export function track(phase, total, tell, clock = () => performance.now()) {
  const marks = [{ at: clock(), bytes: 0 }];
  let bytes = 0;
  return (more) => {
    bytes += more;
    const now = clock();
    marks.push({ at: now, bytes });
    while (marks.length > 2 && marks[1].at < now - 1000 * WINDOW) marks.shift();
    const seconds = (now - marks[0].at) / 1000;
    const rate = seconds > 0 ? (bytes - marks[0].bytes) / seconds : 0;
    tell({ phase, bytes, total, rate, secondsLeft: rate > 0 ? (total - bytes) / rate : Infinity });
  };
}
