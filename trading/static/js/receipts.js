// Checks a receipt in this browser, with the platform's modules but without asking the platform.

import { checkReceipt } from "/assets/bidding/receipt.js";
import { parseTrust } from "/assets/bidding/trust.js";

const form = document.querySelector("[data-check]");
const section = document.querySelector("[data-browser]");
const box = section.querySelector("[data-verdict]");

function say(kind, title, ...detail) {
  section.hidden = false;
  box.className = `statement ${kind}`;
  box.querySelector("b").textContent = title;
  box.querySelector("p").replaceChildren(...detail);
}

/** The sentence of a fault in the page's language; what the verifier adds to it is English and marked as that. */
function told({ code, message }) {
  const [before, after = ""] = (JSON.parse(box.dataset.faults)[code] ?? "\n").split("\n");
  const name = document.createElement("code");
  const clause = document.createElement("span");
  name.textContent = code;
  clause.textContent = message;
  clause.lang = "en";
  return [name, " ", before, clause, after];
}

async function check() {
  const file = form.elements.file.files[0];
  const text = form.elements.text.value;
  if (!file && !text.trim()) {
    section.hidden = true;
    return;
  }
  const bytes = file ? new Uint8Array(await file.arrayBuffer()) : new TextEncoder().encode(text.replaceAll("\r\n", "\n"));
  try {
    const trust = await parseTrust(new TextEncoder().encode(form.dataset.policy));
    const { index, size, body } = await checkReceipt(bytes, trust);
    const act = body ? JSON.parse(new TextDecoder().decode(body)) : null;
    say("good", box.dataset.good, act ? `#${index} / ${size} · ${act.act} · ${act.stream} · ${act.rx ?? act.at}` : `#${index} / ${size}`);
  } catch (error) {
    if (error.code) say("bad", box.dataset.bad, ...told(error));
    else say("", box.dataset.unknown);
  }
}

form.elements.file.addEventListener("change", check);
form.elements.text.addEventListener("change", check);
await check();
