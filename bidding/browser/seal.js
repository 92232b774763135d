/**
 * SBE/1 in the browser: the front door of the sealer that bidders' pages use (the format: bidding/SPEC.md).
 *
 * All modules beside it are plain ES modules without any dependency.  What needs no page runs alike in a page, in a
 * worker and in Node 20.  A page seals through the worker and never blocks; `client.js` shows the whole way from
 * files to receipt.  Served under one folder, they load each other by relative names, which a strict
 * content-security policy allows (`script-src 'self'; worker-src 'self'`).
 *
 * Bytes are Uint8Array; names of the wire's fields in camel case; refusals throw `Refusal` with the code of the format.
 */

export { bidDigest, canonical, decodeIndex, encodeIndex, padme } from "./index.js";
export { matchFiles, prepare, readSeedFile, selfTest, writeSeedFile } from "./bid.js";
export { bidderHalf, saveSeedFile, signSubmission, startSealer } from "./client.js";
export { draftOf, forget, keepDraft, listDrafts, unlock } from "./drafts.js";
export { checkReceipt, isReceiptOf } from "./receipt.js";
export { parseTrust } from "./trust.js";
export { bytesSource, Changed, bodySecrets, openBody, resealLeaf, rootOf, sealBody, sealedLeaves } from "./body.js";
export { base64, concat, equal, hex, text, uint, unbase64, unhex, utf8 } from "./bytes.js";
export { H } from "./derive.js";
export { answer, judge } from "./opening.js";
export { random, sha256 } from "./platform.js";
export { deriveEnvelope, seal, secretsOf } from "./sealing.js";
export {
  Register,
  SUBMIT,
  WITHDRAW,
  accept,
  logLeaf,
  parseSubmission,
  submissionHash,
  submitKey,
} from "./submission.js";
export {
  MODE,
  Refusal,
  bidderTag,
  contextHash,
  encodeContext,
  encodeEnvelope,
  encodePolicy,
  envelopeId,
  parseContext,
  parseEnvelope,
  parsePolicy,
  policyHash,
} from "./wire.js";
