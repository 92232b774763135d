// The opening as it happens: what others decrypt appears here without the page being loaded again, since a bidder may
// have chosen a file on it.  When the opening is over the page is loaded anew.

const EVERY = 5000;

async function look() {
  const box = document.querySelector("[data-live]");
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (!fresh) location.reload();
  else if (fresh.innerHTML !== box.innerHTML) box.replaceChildren(...fresh.childNodes);
}

// A line that breaks is tried again the next time; the page keeps what it has.
setInterval(() => look().catch(() => {}), EVERY);
