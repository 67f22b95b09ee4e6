// Puts rendered pieces where they belong, by the rules that `desk/fragments.py` states. Pieces show how things are, so
// placing one twice does no harm. Frames are remembered for a while: a fragment that was fetched meanwhile says at
// which ledger position it was made, and what came after that is placed once more on top of it.

import { facts } from "./facts.js";
import { settle } from "./order.js";

const REMEMBERED = 300;
const PLACED_FOR_MS = 8;
const recent = []; // {seq, html}
const waiting = []; // {html, then}
let seen = Number(facts.seq);

export function sawUpTo(seq) {
  seen = Math.max(seen, seq);
}

// Frames are placed before the next paint, and many of them (after a break) over several, so that nobody's typing waits
// for them. `then` may look at what was placed.
export function placeFrame(seq, html, then) {
  sawUpTo(seq);
  recent.push({ seq, html });
  if (recent.length > REMEMBERED) recent.shift();
  waiting.push({ html, then });
  if (document.hidden) placeWaiting();
  else if (waiting.length === 1) requestAnimationFrame(placeWaiting);
}

function placeWaiting() {
  const until = performance.now() + (document.hidden ? Infinity : PLACED_FOR_MS);
  const [placed, afterwards] = [[], []];
  while (waiting.length && performance.now() < until) {
    const { html, then } = waiting.shift();
    placed.push(...put(html));
    if (then) afterwards.push(then);
  }
  tell(placed);
  for (const then of afterwards) then();
  if (waiting.length) requestAnimationFrame(placeWaiting);
}

// Resolves when everything that came so far is on the page: what a command did comes before its reply.
export async function settled() {
  while (waiting.length) await new Promise((resolve) => document.addEventListener("desk:placed", resolve, { once: true }));
}

document.addEventListener("visibilitychange", () => document.hidden && placeWaiting()); // nothing is painted from now on

// Fetches a fragment that is no older than what was seen here, hands it to `put`, and brings it up to date.
export async function fetchFragment(address, put) {
  const url = new URL(address, location.origin);
  url.searchParams.set("seq", seen);
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (answer.status === 401) location.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
  if (!answer.ok) throw new Error(String(answer.status));
  put(await answer.text());
  const made = Number(answer.headers.get("x-desk-seq") ?? Infinity); // without one it tells nothing of the floor
  for (const { seq, html } of recent) if (seq > made) place(html);
}

export const place = (html) => tell(put(html));

function tell(placed) {
  document.dispatchEvent(new CustomEvent("desk:placed", { detail: placed.filter((piece) => piece.isConnected) }));
}

function put(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const placed = [];
  for (const piece of [...template.content.children]) {
    const there = document.getElementById(piece.id);
    const { seat, fetch: address, mode } = piece.dataset;
    if (seat !== undefined && seat !== facts.seat) there?.remove();
    else if (address) fetchFragment(address, place).catch(() => document.dispatchEvent(new CustomEvent("desk:stale")));
    else if (there && mode && there.dataset.mode === mode) continue;
    else if (there && isElsewhere(there, piece)) {
      there.remove();
      if (join(piece)) placed.push(piece);
    } else if (there) placed.push(replace(there, piece));
    else if (join(piece)) placed.push(piece);
  }
  for (const piece of placed) htmx.process(piece);
  return placed;
}

const isElsewhere = (there, piece) => piece.dataset.into !== undefined && there.parentElement.id !== piece.dataset.into;

function join(piece) {
  const container = document.getElementById(piece.dataset.into);
  if (!container) return false;
  let before = container.lastElementChild; // lines stand as they do in the ledger, whichever comes first
  while (+before?.dataset.seq > piece.dataset.seq) before = before.previousElementSibling;
  before ? before.after(piece) : container.prepend(piece);
  piece.classList.add("is-new");
  if (piece.dataset.key) settle(piece);
  return true;
}

function replace(there, piece) {
  keepFocus(there, () => {
    if (there.querySelector("details[open]")) piece.querySelector("details")?.setAttribute("open", "");
    there.replaceWith(piece);
  });
  if (piece.dataset.key && piece.parentElement) settle(piece);
  return piece;
}

// The element that had the focus may be replaced or moved: its successor gets it.
function keepFocus(around, change) {
  const active = document.activeElement;
  const inside = around.contains(active) && active !== around;
  const home = inside && active.closest("[id]")?.id;
  const { do: verb, dialog } = inside ? active.dataset : {};
  const mark = verb ? `[data-do="${verb}"]` : dialog ? `[data-dialog="${dialog}"]` : active.localName;
  change();
  if (home && !active.isConnected) document.getElementById(home)?.querySelector(mark)?.focus();
  else if (inside && document.activeElement !== active) active.focus({ preventScroll: true });
}
