/**
 * Whom a verifier trusts: policy files, and what makes a checkpoint valid under one (trace-log §1.7; C2SP tlog-policy).
 */

import {
  COSIGNATURE,
  ED25519,
  Fault,
  MLDSA44,
  checkLines,
  labelOf,
  must,
  parseCheckpoint,
  parseNote,
  parseVkey,
  sameKey,
  strictNumber,
} from "./notes.js";

/** @typedef {import("./notes.js").Key} Key */

/**
 * @typedef {object} Trust
 * @property {Key[]} logs
 * @property {Map<string, Key>} witnesses by name
 * @property {Map<string, { needed: number, members: string[] }>} groups in order of definition
 * @property {string} quorum name of a witness or group, or `none`
 */

/** @param {Uint8Array} bytes of the file @returns {string[][]} the words of each line @throws {Fault} `POLICY_BAD` */
function wordsOf(bytes) {
  const allowed = bytes.every((byte) => byte === 9 || byte === 10 || (byte >= 0x20 && byte !== 0x7f));
  must("POLICY_BAD", allowed && (bytes.length === 0 || bytes[bytes.length - 1] === 10), "a byte that no policy holds, or no line end");
  // Bytes that are no UTF-8 may stand in comments; in a name they become a character that no key has.
  const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\n").slice(0, -1);
  return lines.map((line) => line.split(/[ \t]+/).filter((word) => word !== ""));
}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Trust>}
 * @throws {Fault} `POLICY_BAD`
 */
export async function parseTrust(bytes) {
  /** @type {Trust} */
  const trust = { logs: [], witnesses: new Map(), groups: new Map(), quorum: "" };
  const taken = new Set();
  const isDefined = (/** @type {string} */ name) => trust.witnesses.has(name) || trust.groups.has(name);
  const isFree = (/** @type {string} */ name) => name !== "none" && !isDefined(name);

  for (const words of wordsOf(bytes)) {
    const [item, ...rest] = words;
    if (item === undefined || item.startsWith("#")) continue;
    if (item === "log" && (rest.length === 1 || rest.length === 2)) {
      trust.logs.push(await policyKey(rest[0], [ED25519, MLDSA44], trust.logs));
    } else if (item === "witness" && (rest.length === 2 || rest.length === 3)) {
      must("POLICY_BAD", isFree(rest[0]), "a name that is taken or reserved");
      trust.witnesses.set(rest[0], await policyKey(rest[1], [COSIGNATURE, MLDSA44], [...trust.witnesses.values()]));
    } else if (item === "group" && rest.length >= 3) {
      const [name, needed, ...members] = rest;
      must("POLICY_BAD", isFree(name), "a name that is taken or reserved");
      for (const member of members) {
        must("POLICY_BAD", isDefined(member) && !taken.has(member), "a member that is unknown, or of two groups");
        taken.add(member);
      }
      const words = new Map([["all", BigInt(members.length)], ["any", 1n]]);
      const count = words.get(needed) ?? strictNumber(needed) ?? 0n;
      must("POLICY_BAD", count >= 1n && count <= BigInt(members.length), "a group that needs none or more than it has");
      trust.groups.set(name, { needed: Number(count), members });
    } else if (item === "quorum" && rest.length === 1) {
      must("POLICY_BAD", trust.quorum === "" && (rest[0] === "none" || isDefined(rest[0])), "the quorum");
      trust.quorum = rest[0];
    } else {
      throw new Fault("POLICY_BAD", "not an item of a policy");
    }
  }
  must("POLICY_BAD", trust.quorum !== "", "no quorum");
  return trust;
}

/** @param {string} vkey @param {readonly number[]} types @param {readonly Key[]} others @returns {Promise<Key>} */
async function policyKey(vkey, types, others) {
  let key;
  try {
    key = await parseVkey(vkey);
  } catch (error) {
    if (error instanceof Fault) throw new Fault("POLICY_BAD", error.message);
    throw error;
  }
  must("POLICY_BAD", types.includes(key.type) && !others.some((other) => sameKey(other, key)), "a key out of place, or twice");
  return key;
}

/** @param {Trust} trust @param {ReadonlyMap<Key, bigint>} times */
function hasQuorum({ witnesses, groups, quorum }, times) {
  const met = new Set([...witnesses].filter(([, key]) => times.has(key)).map(([name]) => name));
  for (const [name, { needed, members }] of groups) {
    if (members.filter((member) => met.has(member)).length >= needed) met.add(name);
  }
  return quorum === "none" || met.has(quorum);
}

/**
 * @param {Uint8Array} note a signed checkpoint
 * @param {Trust} trust
 * @returns {Promise<import("./notes.js").Checkpoint & { times: Map<string, bigint> }>} the tree, and the times by `name+id` of those
 *   who signed
 * @throws {Fault} the first that applies of `NOTE_BAD`, `ORIGIN_BAD`, `SIG_BAD`, `SIG_MISSING`, `QUORUM_MISSING`
 */
export async function checkCheckpoint(note, trust) {
  const parsed = parseNote(note);
  const tree = parseCheckpoint(parsed.text);
  const own = trust.logs.filter(({ name }) => name === tree.origin);
  must("ORIGIN_BAD", own.length > 0, "no trusted log of that name");
  const { times, failed } = await checkLines(parsed, [...trust.logs, ...trust.witnesses.values()]);
  const untimed = [...trust.witnesses.values()].filter((key) => times.get(key) === 0n);
  must("SIG_BAD", failed.length === 0 && untimed.length === 0, `the line of ${[...failed, ...untimed].map(labelOf)} fails`);
  must("SIG_MISSING", own.some((key) => times.has(key)), "no line of the log");
  must("QUORUM_MISSING", hasQuorum(trust, times), "not enough witnesses");
  return { ...tree, times: new Map([...times].map(([key, time]) => [labelOf(key), time])) };
}
