/**
 * A bidder's page for tests: one sealer, the steps of a bid, and what a person would see of them.
 */

import * as sbe from "/bidding/browser/seal.js";

const { hex, unhex } = sbe;

const sealer = sbe.startSealer();
const files = () => [...document.querySelector("input").files];

/** An error as `{ error, ... }` with its own fields. */
async function told(work) {
  try {
    return await work();
  } catch (error) {
    return { ...error, error: error.name };
  }
}

export async function prepare({ policy, submitKey, signature, ...order }) {
  const phases = {};
  const asked = [];
  const onProgress = (progress) => (phases[progress.phase] = progress);
  const sign = async (digest) => {
    asked.push(hex(digest));
    return signature ?? null;
  };
  const key = submitKey && { sigalg: submitKey.sigalg, sk: unhex(submitKey.sk) };
  return told(async () => {
    const bid = await sealer.prepare({ ...order, policy: unhex(policy), submitKey: key, files: files() }, { onProgress, sign });
    return { seedFile: bid.seedFile, id: hex(bid.id), phases, asked };
  });
}

export const test = ({ seedFile }) => told(() => sealer.test(seedFile, files()));

/** Uploads; `stopAt` ends it after so many bytes, as closing the page would. */
export function upload({ seedFile, endpoint, firstPause, patience, stopAt = Infinity, headers = { "X-Token": "t" } }) {
  const controller = new AbortController();
  let last = null;
  const onProgress = (progress) => {
    last = progress;
    if (progress.bytes >= stopAt) controller.abort();
  };
  return told(async () => {
    await sealer.upload(seedFile, sbe.matchFiles(seedFile.index, files()), { endpoint, headers, firstPause, patience, onProgress, signal: controller.signal });
    return { last };
  });
}

export async function submission({ seedFiles, ...chain }) {
  const { submit, envelopes, hash } = await sbe.signSubmission(seedFiles, chain);
  return { submit: hex(submit), envelopes: envelopes.map(hex), hash: hex(hash) };
}

export const keep = ({ seedFile, keeping }) => sbe.keepDraft(seedFile, keeping).then(() => null);

export async function drafts({ passphrase }) {
  const kept = await sbe.listDrafts();
  const opened = await Promise.all(kept.map((draft) => sbe.unlock(draft, passphrase)));
  const text = JSON.stringify(kept, (_, value) => (value instanceof Uint8Array ? hex(value) : value));
  return { kept: kept.map(({ id, urls }) => ({ id, urls })), opened, text };
}

export const forget = ({ id }) => sbe.forget(id).then(() => null);

/** Saves the seed file as a download does. */
export const save = ({ seedFile }) => sbe.saveSeedFile(seedFile) ?? null;

export const load = ({ json }) => told(async () => sbe.readSeedFile(json));

export const half = ({ seedFile }) => sbe.bidderHalf(seedFile);

/** A page whose worker is not where it should be. */
export const lost = ({ order }) => told(() => sbe.startSealer("/bidding/browser/nowhere.js").prepare({ ...order, policy: unhex(order.policy), files: [] }));
