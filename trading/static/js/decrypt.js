// 解密: a bidder publishes the seed of its own envelope during the opening.  The key file stays on this device;
// only the seed of the listed envelope is sent, and the rules check that it re-creates that envelope byte for byte.

import { readSeedFile } from "/assets/bidding/bid.js";

const box = document.querySelector("[data-decrypt]");
const input = box.querySelector("input[type=file]");
const said = box.querySelector("[data-said]");

function say(text, kind) {
  said.hidden = false;
  said.className = `statement ${kind}`;
  said.querySelector("b").textContent = text;
}

box.querySelector("button").addEventListener("click", async (event) => {
  event.preventDefault();
  if (!box.reportValidity()) return;
  let files;
  try {
    files = await Promise.all([...input.files].map(async (file) => readSeedFile(await file.text())));
  } catch {
    say(box.dataset.other, "bad");
    return;
  }
  try {
    // A price's seed is not for the first opening: it would open the price before its time.
    const listed = files.filter(({ stage }) => stage === Number(box.dataset.stage));
    if (!listed.length) return say(box.dataset.none, "bad");
    const seeds = listed.map(({ envelope_id, seed }) => ({ envelope: envelope_id, seed }));
    const body = JSON.stringify({ type: "box.publish-seed", closing_list: box.dataset.list, seeds });
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const answer = await fetch(box.dataset.url, { method: "POST", headers, credentials: "same-origin", body });
    const told = await answer.json();
    say(answer.ok ? box.dataset.done : told.detail, answer.ok ? "good" : "bad");
  } catch {
    say(box.dataset.broken, "bad");
  }
});
