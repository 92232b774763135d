// The bidder's page: fill in, seal here, keep the key file, send the ciphertext, hand in, check the receipt.
// What leaves this device is ciphertext and a signed submission; the key file is the only key there is.

import { base64, unhex } from "/assets/bidding/bytes.js";
import { readSeedFile } from "/assets/bidding/bid.js";
import { saveSeedFile, signSubmission, startSealer } from "/assets/bidding/client.js";
import { keepDraft } from "/assets/bidding/drafts.js";
import { attachments } from "/assets/bidding/index.js";
import { sealedLength } from "/assets/bidding/layout.js";
import { checkReceipt, isReceiptOf } from "/assets/bidding/receipt.js";
import { parseTrust } from "/assets/bidding/trust.js";

const page = document.querySelector("[data-bid]");
const form = page.querySelector("form");
const about = page.dataset;
/** What the page says at each turn: `data-say-other-key` is `say.otherKey`. */
const say = Object.fromEntries(
  Object.entries(about)
    .filter(([name]) => name.startsWith("say"))
    .map(([name, text]) => [name[3].toLowerCase() + name.slice(4), text]),
);
const $ = (name) => page.querySelector(`[data-${name}]`);
const sealer = startSealer("/assets/bidding/worker.js");
const place = `/api/tenders/${encodeURIComponent(about.tender)}/lots/${encodeURIComponent(about.lot)}`;

const stages = about.stages.split(" ").map(Number); // of two, the first is opened first and the second holds the price
let sealed = null; // [{ seedFile, files }] of every stage, between sealing and handing in; kept ones have no files
let earlier = null; // seed files by stage of the version in force, whose key signs the next one

const field = (name) => form.elements[name].value.trim();

/** Yuan as typed to an integer of fen, in text; null where it is not an amount to the fen. */
function fen(yuan) {
  const m = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(yuan.replaceAll(",", ""));
  return m ? String(BigInt(m[1]) * 100n + BigInt((m[2] ?? "").padEnd(2, "0"))) : null;
}

/** An instant of the log on a Beijing clock, to its last digit. */
function beijing(rx) {
  const second = new Date(Date.parse(rx) + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");
  return `${second}${/\.\d+/.exec(rx)?.[0] ?? ""} +08:00`;
}

function state(text, kind = "") {
  const box = $("state");
  box.hidden = false;
  box.className = `statement ${kind}`;
  box.querySelector("b").textContent = text;
}

function progress({ phase, bytes, total, secondsLeft }) {
  const bar = $("progress");
  bar.hidden = false;
  bar.max = total || 1;
  bar.value = bytes;
  // The region that is read aloud says only what is being done; the figures beside the bar change without a word.
  if ($("state").querySelector("b").textContent !== say[phase]) state(say[phase]);
  const figures = $("figures");
  const left = Number.isFinite(secondsLeft) ? ` · ${figures.dataset.rest.replace("{n}", Math.ceil(secondsLeft))}` : "";
  figures.hidden = false;
  figures.textContent = `${total ? Math.floor((100 * bytes) / total) : 0}%${left}`;
}

async function attempt(work) {
  for (const button of page.querySelectorAll("button")) button.disabled = true;
  try {
    await work();
  } catch (error) {
    state(`${say.failed} ${error.detail ?? error.code ?? error.message}`, "bad");
  } finally {
    $("progress").hidden = true;
    $("figures").hidden = true;
    for (const button of page.querySelectorAll("button")) button.disabled = false;
    $("hand-in").disabled = sealed === null || !$("kept").checked;
  }
}

async function seal() {
  const price = fen(field("price"));
  if (price === null || !form.reportValidity()) {
    form.elements.price.setCustomValidity(price === null ? say.price : "");
    form.reportValidity();
    return;
  }
  if (about.seq !== "0" && earlier === null) return state(say.needsKey, "warn");
  const wanted = contents(price);
  const bytes = wanted.reduce((sum, { files }) => sum + (files ? sealedLength(attachments(files).size) : 0), 0);
  if (bytes > Number(about.largest)) return state(say.tooLarge, "bad");
  let key = earlier && Object.values(earlier)[0];
  const made = [];
  for (const { stage, told, files } of wanted) {
    const seedFile = files ? await sealOne(stage, told, files, key) : earlier[stage];
    key ??= seedFile;
    made.push({ seedFile, files });
  }
  sealed = made;
  $("envelope").textContent = made.map(({ seedFile }) => seedFile.envelope_id).join(" ");
  $("sealed").hidden = false;
  state(say.sealed, "good");
  $("sealed").scrollIntoView({ block: "nearest" });
}

/** What goes into the envelope of each stage; a technical envelope that is kept has no files to seal. */
function contents(price) {
  const told = {
    duration_days: Number(field("days")) || 0, quality: field("quality"), manager: field("manager"),
    certificate: field("certificate"), certificate_number: field("number"), deposit: field("deposit"),
  };
  const [picked, priced] = [[...form.elements.files.files], { price, currency: "CNY" }];
  if (stages.length === 1) return [{ stage: stages[0], told: { ...priced, ...told }, files: picked }];
  const kept = form.elements.keep?.checked && earlier?.[stages[0]];
  return [
    { stage: stages[0], told, files: kept ? null : picked },
    { stage: stages[1], told: priced, files: [...form.elements.bill.files] },
  ];
}

async function sealOne(stage, told, files, key) {
  const answers = { bidder_name: about.name, ...told };
  const order = {
    policy: unhex(about.policy), tender: about.tender, lot: about.lot, stage, bidderId: about.org, files,
    form: Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== "" && value !== 0)),
  };
  if (key) order.submitKey = { sigalg: key.sigalg, sk: unhex(key.submit_sk) };
  const { seedFile } = await sealer.prepare(order, { onProgress: progress, sign: async () => null });
  await keepDraft(seedFile, { kind: "none" });
  saveSeedFile(seedFile);
  return seedFile;
}

async function post(url, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(url, { method: "POST", headers, credentials: "same-origin", body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.code), said);
  return said;
}

/** Hand in, and believe it only when the receipt holds and is about these very bytes. */
async function handIn(seedFiles, key) {
  const chain = { seq: Number(about.seq) + 1, prev: about.prev || null };
  const { submit, envelopes } = await signSubmission(seedFiles, { ...chain, key });
  const said = await post(`${place}/bids`, { submission: base64(submit), envelopes: envelopes.map(base64) });
  const bytes = new TextEncoder().encode(said.receipt);
  const trust = await parseTrust(new TextEncoder().encode(about.trust));
  const proof = isReceiptOf(await checkReceipt(bytes, trust), submit, envelopes);
  if (proof === null) throw new Error(say.otherReceipt);
  const link = $("receipt");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "text/plain" }));
  link.download = `${proof.id}.tlog-proof`;
  $("time").textContent = beijing(proof.rx);
  $("done").hidden = false;
  state(seedFiles.length ? say.done : say.withdrawn, "good");
  $("done").scrollIntoView({ block: "nearest" });
}

async function send() {
  for (const { seedFile, files } of sealed) {
    if (files) await sealer.upload(seedFile, files, { endpoint: "/api/uploads", onProgress: progress });
  }
  const seedFiles = sealed.map(({ seedFile }) => seedFile);
  await handIn(seedFiles, seedFiles[0]);
  sealed = null;
}

form.elements.price.addEventListener("input", () => form.elements.price.setCustomValidity(""));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(seal);
});
$("kept").addEventListener("change", () => ($("hand-in").disabled = sealed === null || !$("kept").checked));
$("again").addEventListener("click", () => sealed?.forEach(({ seedFile }) => saveSeedFile(seedFile)));
$("hand-in").addEventListener("click", () => attempt(send));
$("key")?.addEventListener("change", () =>
  attempt(async () => {
    const read = await Promise.all([...$("key").files].map(async (file) => readSeedFile(await file.text())));
    earlier = null;
    if (!read.length || read.some(({ tender, lot }) => tender !== about.tender || lot !== about.lot)) throw new Error(say.otherKey);
    earlier = Object.fromEntries(read.map((file) => [file.stage, file]));
    if (form.elements.keep) form.elements.keep.disabled = !earlier[stages[0]];
    state(say.keyRead, "good");
  }),
);
$("withdraw")?.addEventListener("click", () =>
  attempt(async () => (earlier ? handIn([], Object.values(earlier)[0]) : state(say.needsKey, "warn"))),
);
