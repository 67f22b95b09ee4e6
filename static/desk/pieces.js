// Puts rendered pieces where they belong, by the rules that `desk/fragments.py` states. Pieces show how things are, so
// placing one twice does no harm, but an older one on top of a newer does. Frames are remembered for a while: a fragment
// that was fetched meanwhile says at which ledger position it was made, and what came after that is placed once more on
// top of it, and of nothing else.

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
    afterwards.push(then);
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

// Fetches a fragment that is no older than what was seen here, hands it to `put`, and brings up to date what that says it
// filled. What came and is not on the page yet may be older than the fragment: it goes first.
export async function fetchFragment(address, put) {
  const url = new URL(address, location.origin);
  url.searchParams.set("seq", seen);
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (answer.status === 401) location.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
  if (!answer.ok) throw new Error(String(answer.status));
  const fragment = await answer.text();
  await settled();
  const filled = put(fragment) ?? [];
  const made = Number(answer.headers.get("x-desk-seq") ?? Infinity); // without one it tells nothing of the floor
  for (const { seq, html } of recent) if (seq > made) place(html, filled);
}

// Answers with the pieces, wherever they went.
export function place(html, within) {
  const pieces = put(html, within);
  tell(pieces);
  return pieces;
}

function tell(pieces) {
  document.dispatchEvent(new CustomEvent("desk:placed", { detail: pieces.filter((piece) => piece.isConnected) }));
}

function put(html, within) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const pieces = [...template.content.children];
  for (const piece of pieces) {
    const there = document.getElementById(piece.id);
    const { seat, fetch: address, mode, into } = piece.dataset;
    const container = document.getElementById(into);
    if (within && !within.some((each) => each.id === piece.id || each.contains(there ?? container))) continue;
    if ((seat ?? facts.seat) !== facts.seat) there?.remove();
    else if (address) fetchFragment(address, place).catch(() => document.dispatchEvent(new CustomEvent("desk:stale")));
    else if (there && mode && there.dataset.mode === mode) continue;
    else if (there && (!into || there.parentElement === container)) replace(there, piece);
    else {
      there?.remove();
      if (container) join(container, piece);
    }
    if (!piece.isConnected) continue;
    if (piece.dataset.key) settle(piece);
    htmx.process(piece);
  }
  return pieces;
}

function join(container, piece) {
  let before = container.lastElementChild; // lines stand as they do in the ledger, whichever comes first
  while (+before?.dataset.seq > piece.dataset.seq) before = before.previousElementSibling;
  before ? before.after(piece) : container.prepend(piece);
  piece.classList.add("is-new");
}

function replace(there, piece) {
  keepFocus(there, () => {
    if (there.querySelector("details[open]")) piece.querySelector("details")?.setAttribute("open", "");
    if (there.matches("#rows .is-new")) piece.classList.add("is-new"); // whatever is told of them meanwhile
    there.replaceWith(piece);
  });
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
  else if (inside) active.focus({ preventScroll: true });
}
