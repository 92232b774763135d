// The server's clock on the page, and how far this device is from it.  The deadline is the server's; a page
// that shows a device's own time would promise what it cannot keep.

const BEIJING = 8 * 3600 * 1000;

/** Offset of the server against this device in ms, from the quickest of three round trips. */
async function measure() {
  let best = { trip: Infinity, offset: 0 };
  for (let i = 0; i < 3; i++) {
    const sent = Date.now();
    const answer = await fetch("/api/time", { headers: { Accept: "application/json" }, cache: "no-store" });
    const { now } = await answer.json();
    const back = Date.now();
    if (back - sent < best.trip) best = { trip: back - sent, offset: now / 1000 - (sent + back) / 2 };
  }
  return best.offset;
}

const two = (n) => String(n).padStart(2, "0");

function face(ms, chinese) {
  const t = new Date(ms + BEIJING);
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;
  if (chinese) return `${t.getUTCFullYear()}年${t.getUTCMonth() + 1}月${t.getUTCDate()}日 ${clock}（北京时间）`;
  const month = t.toLocaleString("en-GB", { month: "long", timeZone: "UTC" });
  return `${t.getUTCDate()} ${month} ${t.getUTCFullYear()} ${clock} (Beijing time)`;
}

/** A duration in all its units, from days down to seconds; Chinese sets no space within it. */
function left(ms, words, gap) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60];
  const from = Math.max(0, parts.findIndex((n) => n > 0));
  return parts.slice(from < 0 ? 3 : from).map((n, i) => `${n}${gap}${words[i + from]}`).join(gap);
}

function tick(offset) {
  const now = Date.now() + offset;
  const chinese = document.documentElement.lang.startsWith("zh");
  for (const el of document.querySelectorAll("[data-clock-face]")) {
    el.textContent = face(now, chinese);
    el.dateTime = new Date(now).toISOString();
  }
  for (const box of document.querySelectorAll("[data-until]")) {
    const rest = Number(box.dataset.until) / 1000 - now;
    box.querySelector("[data-left]").textContent = rest > 0 ? left(rest, box.dataset.words.split("|"), chinese ? "" : " ") : box.dataset.over;
  }
}

/** How far off a device is: to a tenth of a second where that may matter, else in whole units. */
function off(ms) {
  const words = document.querySelector("[data-words]").dataset.words.split("|");
  const gap = document.documentElement.lang.startsWith("zh") ? "" : " ";
  return Math.abs(ms) < 120_000 ? `${(Math.abs(ms) / 1000).toFixed(1)}${gap}${words[3]}` : left(Math.abs(ms), words, gap);
}

function tellOffset(offset) {
  const seconds = Math.abs(offset) / 1000;
  for (const el of document.querySelectorAll("[data-offset]")) {
    const said = seconds < 1 ? el.dataset.equal : offset < 0 ? el.dataset.ahead : el.dataset.behind;
    el.textContent = said.replace("{n}", off(offset));
  }
}

if (document.querySelector("[data-clock-face], [data-until]")) {
  try {
    const offset = await measure();
    tellOffset(offset);
    tick(offset);
    setInterval(() => tick(offset), 1000);
  } catch {
    // Without the server's time the page keeps what the server wrote when it made it.
  }
}
