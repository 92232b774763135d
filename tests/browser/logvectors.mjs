/**
 * Recomputes those kinds of `trace-log vectors 1` that a bidder's browser needs to check a receipt.
 */

import { base64, hex, unbase64, unhex, utf8 } from "../../bidding/browser/bytes.js";
import { includes, leafHash, treeHash } from "../../bidding/browser/merkle.js";
import { Fault, labelOf, lineTime, openNote, parseCheckpoint, parseNote, parseVkey } from "../../bidding/browser/notes.js";
import { checkReceipt, entryOf, parseOpening } from "../../bidding/browser/receipt.js";
import { checkCheckpoint, parseTrust } from "../../bidding/browser/trust.js";

const text = (bytes) => new TextDecoder().decode(bytes);

const KINDS = {
  async leaf({ entry }) {
    return { leaf: hex(await leafHash(unhex(entry))) };
  },
  async root({ entries }) {
    const bytes = Array.isArray(entries) ? entries.map(unhex) : Array.from({ length: entries.count }, (_, n) => utf8(`{"n":${n}}`));
    return { root: hex(await treeHash(await Promise.all(bytes.map(leafHash)))) };
  },
  async inclusion_check({ index, size, leaf, root, proof }) {
    return { ok: await includes(BigInt(index), BigInt(size), unhex(leaf), proof.map(unhex), unhex(root)) };
  },
  async vkey_parse({ vkey }) {
    const { name, type, raw, id } = await parseVkey(vkey);
    return { name, type, public: hex(raw), id };
  },
  async note_open({ note, vkeys }) {
    const opened = await openNote(utf8(note), await Promise.all(vkeys.map(parseVkey)));
    return { text: opened.text, signed: opened.signed.map(labelOf) };
  },
  async checkpoint_parse({ text: note }) {
    const { origin, size, root } = parseCheckpoint(note);
    return { origin, size: Number(size), root: hex(root) };
  },
  async cosign_check({ vkey, text: note, line }) {
    const key = await parseVkey(vkey);
    const found = parseNote(utf8(`${note}\n${line}`)).lines.find(({ name, id }) => name === key.name && id === key.id);
    const time = found ? await lineTime(key, note, found.signature) : null;
    return time === null ? { ok: false } : { ok: true, time: Number(time) };
  },
  async policy({ policy, checkpoint }) {
    await checkCheckpoint(utf8(checkpoint), await parseTrust(utf8(policy)));
    return { ok: true };
  },
  async opening_parse({ opening, entry }) {
    const { salt, body } = parseOpening(unhex(opening));
    if (entry !== undefined && text(await entryOf(salt, body)) !== entry) throw new Fault("BODY_MISMATCH", "another entry");
    return { salt: hex(salt), body: text(body) };
  },
  async commitment({ salt, body }) {
    const entry = await entryOf(unhex(salt), utf8(body));
    const commitment = hex(unbase64(text(entry).slice(16, -1)));
    return { commitment, entry: text(entry), leaf: hex(await leafHash(entry)), opening: `${base64(unhex(salt))}\n${body}` };
  },
  async proof_check({ file, policy, entry }) {
    const found = await checkReceipt(utf8(file), await parseTrust(utf8(policy)), entry === undefined ? undefined : unhex(entry));
    return {
      ...{ index: Number(found.index), size: Number(found.size), root: hex(found.root), entry: hex(found.entry) },
      ...(found.body && { salt: hex(found.salt), body: text(found.body) }),
    };
  },
};

/**
 * @param {{ kind: string, in: any, out: any }} one a case
 * @returns {Promise<{ expected: any, found: any } | null>} both sides; null for a kind that browsers have no need of
 */
export async function recompute(one) {
  if (!Object.hasOwn(KINDS, one.kind)) return null;
  try {
    return { expected: one.out, found: await KINDS[one.kind](one.in) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { expected: one.out, found: { error: error.code } };
  }
}
