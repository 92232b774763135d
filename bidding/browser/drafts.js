/**
 * Drafts in the browser's own store: what an upload needs to go on after a reload (IndexedDB, `sunlit-bids`).
 *
 * A draft holds no name, no file and no plaintext.  The seed file, which opens the bid, is kept in one of three ways
 * that the bidder chooses: not at all (it is loaded from where it was saved), sealed under a passphrase, or plain.
 */

import { utf8, text } from "./bytes.js";
import { readSeedFile } from "./bid.js";
import { gcmKey, gcmOpen, gcmSeal, random } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./bid.js").SeedFile} SeedFile */

/** @typedef {{ kind: "none" } | { kind: "plain" } | { kind: "passphrase", passphrase: string }} Keeping */

/**
 * @typedef {object} Draft
 * @property {string} id envelope id, hex
 * @property {string} tender
 * @property {string} lot
 * @property {number} stage
 * @property {(string | null)[]} urls of the uploads that were begun, by body
 * @property {number} at when it was made, milliseconds
 * @property {null | { seedFile: string } | { salt: Bytes, rounds: number, iv: Bytes, sealed: Bytes }} secret
 */

const [NAME, STORE] = ["sunlit-bids", "drafts"];
const ROUNDS = 600_000;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => Promise<T>} work @returns {Promise<T>} */
async function within(mode, work) {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" });
  const db = await settled(opening);
  try {
    const transaction = db.transaction(STORE, mode, { durability: "strict" });
    const committed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore(STORE));
    await committed;
    return result;
  } finally {
    db.close();
  }
}

/** PBKDF2 with SHA-256. @param {string} passphrase @param {Bytes} salt @param {number} rounds @returns {Promise<CryptoKey>} */
async function passphraseKey(passphrase, salt, rounds) {
  const { subtle } = globalThis.crypto;
  const base = await subtle.importKey("raw", utf8(passphrase.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  return gcmKey(new Uint8Array(await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, base, 256)));
}

/** @param {SeedFile} seedFile @param {Keeping} keeping @returns {Promise<Draft["secret"]>} */
async function protect(seedFile, keeping) {
  const json = JSON.stringify(seedFile);
  if (keeping.kind === "none") return null;
  if (keeping.kind === "plain") return { seedFile: json };
  const [salt, iv] = [random(16), random(12)];
  const sealed = await gcmSeal(await passphraseKey(keeping.passphrase, salt, ROUNDS), iv, utf8(json));
  return { salt, rounds: ROUNDS, iv, sealed };
}

/**
 * @param {SeedFile} seedFile
 * @param {Keeping} keeping what becomes of the seed file
 * @param {number} [at] milliseconds
 * @returns {Promise<Draft>}
 */
export async function keepDraft(seedFile, keeping, at = Date.now()) {
  const { envelope_id: id, tender, lot, stage, leaves } = seedFile;
  /** @type {Draft} */
  const draft = { id, tender, lot, stage, urls: leaves.map(() => null), at, secret: await protect(seedFile, keeping) };
  await within("readwrite", (store) => settled(store.put(draft)));
  return draft;
}

/** @returns {Promise<Draft[]>} the newest first */
export async function listDrafts() {
  const drafts = await within("readonly", (store) => settled(store.getAll()));
  return drafts.sort((a, b) => b.at - a.at);
}

/** @param {string} id @returns {Promise<Draft | undefined>} */
export const draftOf = (id) => within("readonly", (store) => settled(store.get(id)));

/**
 * @param {Draft} draft
 * @param {string} [passphrase]
 * @returns {Promise<SeedFile | null>} null when it is not kept here, or the passphrase is wrong
 */
export async function unlock({ secret }, passphrase) {
  if (secret === null) return null;
  if ("seedFile" in secret) return readSeedFile(secret.seedFile);
  const key = await passphraseKey(passphrase ?? "", secret.salt, secret.rounds);
  const opened = await gcmOpen(key, secret.iv, secret.sealed);
  return opened && readSeedFile(text(opened));
}

/** @param {string} id @param {number} body @param {string} url where its upload was begun @returns {Promise<void>} */
export async function rememberUrl(id, body, url) {
  await within("readwrite", async (store) => {
    const draft = await settled(store.get(id));
    if (draft === undefined) return;
    draft.urls[body] = url;
    await settled(store.put(draft));
  });
}

/** @param {string} id @returns {Promise<void>} */
export async function forget(id) {
  await within("readwrite", (store) => settled(store.delete(id)));
}
