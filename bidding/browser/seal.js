/**
 * SBE/1 in the browser: the sealer that bidders' pages use, and its way back (`spec`: bidding/SPEC.md).
 *
 * This module is the library's front door; it runs alike in a page, in a worker and in Node 20 (`import` only,
 * no dependency).  A page seals through the worker beside it and never blocks:
 *
 * ```js
 * import { startSealer } from "/assets/bidding/seal.js";
 * const sealer = startSealer();
 * const sealed = await sealer.seal(order, (progress) => show(progress));   // see client.js
 * ```
 */

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
