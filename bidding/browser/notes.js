/**
 * Signed notes and checkpoints, read strictly: verifier keys, signature lines, cosignatures
 * (trace-log §1.3-1.5; C2SP signed-note, tlog-checkpoint, tlog-cosignature).
 *
 * Numbers of the log are BigInts below 2^63.
 */

import { base64, concat, equal, hex, text, uint, unbase64, utf8 } from "./bytes.js";
import * as mldsa from "./mldsa.js";
import { publicKey, sha256, verify } from "./platform.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"VKEY_BAD" | "POLICY_BAD" | "PROOF_BAD" | "NOTE_BAD" | "ORIGIN_BAD" | "SIG_BAD" | "SIG_MISSING" | "QUORUM_MISSING" | "BODY_BAD" | "BODY_MISMATCH" | "INCLUSION_BAD"} FaultCode */

/**
 * @typedef {object} Key
 * @property {string} name
 * @property {number} type 1 Ed25519, 4 Ed25519 cosignature, 6 ML-DSA-44
 * @property {Bytes} raw public key
 * @property {string} id hex, 4 bytes
 *
 * @typedef {object} NoteLine
 * @property {string} name
 * @property {string} id hex
 * @property {Bytes} signature what follows the key id
 *
 * @typedef {{ text: string, lines: NoteLine[] }} Note the text ends in a line end
 * @typedef {{ origin: string, size: bigint, root: Bytes }} Checkpoint
 */

export const [ED25519, COSIGNATURE, MLDSA44] = [1, 4, 6];

const KEY_LENGTHS = new Map([
  [ED25519, 32],
  [COSIGNATURE, 32],
  [MLDSA44, 1312],
]);
const MOST_BYTES = 256 * 1024;
const MOST_LINES = 64;
const LIMIT = 1n << 63n;
const EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** A fault of the log's evidence, by its code (trace-log §4). */
export class Fault extends Error {
  /** @param {FaultCode} code @param {string} why */
  constructor(code, why) {
    super(`${code}: ${why}`);
    this.name = "Fault";
    this.code = code;
  }
}

/** @param {FaultCode} code @param {boolean} good @param {string} why */
export function must(code, good, why) {
  if (!good) throw new Fault(code, why);
}

/** @param {string} encoded @returns {Bytes | null} null unless strict base64 */
export function strictBase64(encoded) {
  try {
    return unbase64(encoded);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** @param {string} decimal @returns {bigint | null} null unless 0 .. 2^63 - 1 without sign or leading zero */
export function strictNumber(decimal) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(decimal) || decimal.endsWith("\n")) return null;
  const value = BigInt(decimal);
  return value < LIMIT ? value : null;
}

/** @param {string} name */
const isName = (name) => name !== "" && !/[+\p{White_Space}]/u.test(name);

/**
 * @param {string} vkey
 * @returns {Promise<Key>}
 * @throws {Fault} `VKEY_BAD`
 */
export async function parseVkey(vkey) {
  const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(vkey) ?? ["", "", "", ""];
  const bytes = strictBase64(encoded);
  if (!isName(name) || bytes === null || bytes.length === 0) throw new Fault("VKEY_BAD", "not name+id+key");
  const [type, raw] = [bytes[0], bytes.slice(1)];
  must("VKEY_BAD", KEY_LENGTHS.get(type) === raw.length, "type or length of the key");
  const digest = await sha256(concat(utf8(`${name}\n`), bytes));
  must("VKEY_BAD", hex(digest.slice(0, 4)) === id, "the id is not the key's");
  return { name, type, raw, id };
}

/** @param {Key} key @returns {string} as reports name it */
export const labelOf = ({ name, id }) => `${name}+${id}`;

/** @param {string} line without its line end @returns {NoteLine} @throws {Fault} `NOTE_BAD` */
function parseLine(line) {
  const [, name, encoded] = /^— ([^ ]*) (.*)$/.exec(line) ?? ["", "", ""];
  const bytes = strictBase64(encoded);
  if (!isName(name) || bytes === null || bytes.length < 5) throw new Fault("NOTE_BAD", "not a signature line");
  return { name, id: hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Note} well formed, no more
 * @throws {Fault} `NOTE_BAD`
 */
export function parseNote(bytes) {
  must("NOTE_BAD", bytes.length <= MOST_BYTES, "too long");
  let note;
  try {
    note = text(bytes);
  } catch (error) {
    throw new Fault("NOTE_BAD", "not UTF-8");
  }
  must("NOTE_BAD", !/[\0-\x09\x0b-\x1f]/.test(note), "a control character");
  const blank = note.lastIndexOf("\n\n");
  must("NOTE_BAD", blank >= 0 && note.endsWith("\n"), "no blank line, or no line end");
  const lines = note.slice(blank + 2).split("\n").slice(0, -1);
  must("NOTE_BAD", lines.length >= 1 && lines.length <= MOST_LINES, "number of signature lines");
  return { text: note.slice(0, blank + 1), lines: lines.map(parseLine) };
}

/**
 * @param {string} noteText
 * @returns {Checkpoint}
 * @throws {Fault} `NOTE_BAD`
 */
export function parseCheckpoint(noteText) {
  const lines = noteText.split("\n");
  const last = lines.pop();
  must("NOTE_BAD", last === "" && lines.length >= 3 && lines.every((line) => line !== ""), "not lines of origin, size and root");
  const [origin, size, root] = [lines[0], strictNumber(lines[1]), strictBase64(lines[2])];
  if (size === null || root === null || root.length !== 32) throw new Fault("NOTE_BAD", "size or root");
  must("NOTE_BAD", size > 0n || base64(root) === EMPTY_ROOT, "size 0 with another root than the empty one");
  return { origin, size, root };
}

/** @param {Key} key @param {Bytes} signature @param {Bytes} message @returns {Promise<boolean>} */
async function verifies({ type, raw }, signature, message) {
  if (type === MLDSA44) return mldsa.verify("ML-DSA-44", raw, signature, message);
  try {
    return await verify(await publicKey("Ed25519", raw), signature, message);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * @param {Key} key
 * @param {string} noteText
 * @param {Bytes} signature of its line
 * @returns {Promise<bigint | null>} POSIX seconds that the line states, 0 for none; null when it does not verify
 */
export async function lineTime(key, noteText, signature) {
  if (key.type === ED25519) return (await verifies(key, signature, utf8(noteText))) ? 0n : null;
  if (signature.length <= 8) return null;
  const time = signature.slice(0, 8).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const rest = signature.slice(8);
  if (time >= LIMIT) return null;
  if (key.type === COSIGNATURE) {
    const message = utf8(`cosignature/v1\ntime ${time}\n${noteText}`);
    return time > 0n && (await verifies(key, rest, message)) ? time : null;
  }
  let tree;
  try {
    tree = parseCheckpoint(noteText);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
  const [name, origin] = [utf8(key.name), utf8(tree.origin)];
  // Only the log itself, whose name is the origin, may leave its time unsaid.
  if (name.length > 255 || origin.length > 255 || (time === 0n && key.name !== tree.origin)) return null;
  const names = concat(uint(name.length, 1), name, uint(time, 8), uint(origin.length, 1), origin);
  const message = concat(utf8("subtree/v1\n\0"), names, uint(0, 8), uint(tree.size, 8), tree.root);
  return (await verifies(key, rest, message)) ? time : null;
}

/**
 * The lines of known keys: the first line of each counts, one that fails spoils the note.
 * @param {Note} note
 * @param {readonly Key[]} keys
 * @returns {Promise<{ times: Map<Key, bigint>, failed: Key[] }>}
 */
export async function checkLines(note, keys) {
  /** @type {Map<Key, bigint>} */
  const times = new Map();
  /** @type {Key[]} */
  const failed = [];
  for (const key of keys) {
    const line = note.lines.find(({ name, id }) => name === key.name && id === key.id);
    if (line === undefined) continue;
    const time = await lineTime(key, note.text, line.signature);
    if (time === null) failed.push(key);
    else times.set(key, time);
  }
  return { times, failed };
}

/**
 * @param {Uint8Array} bytes
 * @param {readonly Key[]} keys
 * @returns {Promise<{ text: string, signed: Key[] }>}
 * @throws {Fault} `NOTE_BAD`, `SIG_BAD`, `SIG_MISSING`
 */
export async function openNote(bytes, keys) {
  const note = parseNote(bytes);
  const { times, failed } = await checkLines(note, keys);
  must("SIG_BAD", failed.length === 0, `the line of ${failed.map(labelOf)} fails`);
  must("SIG_MISSING", times.size > 0, "no line of a known key");
  return { text: note.text, signed: [...times.keys()] };
}

/** @param {Key} a @param {Key} b @returns {boolean} the same public key, whatever its name and type */
export const sameKey = (a, b) => equal(a.raw, b.raw);
