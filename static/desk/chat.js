// Reading: the chat stays at its end while one is there, and says what came below while one reads further up. Where
// somebody stopped looking (another session was open, the page was hidden) a mark stands before what came since.

import { early, load, wanted } from "./later.js";

const NEAR_PX = 60;
const MARK_AT_PX = 48; // below the top, when one comes back to the mark
const TOUCH_MS = 1000;
const ITEMS_MAX = 400;
const earlier = () => load("earlier"); // what is not needed at once comes when it is
const tools = () => load("line_tools");
const workspace = document.getElementById("workspace");
let atEnd = true;
let below = 0;
let lastTop = 0;
let newest = 0; // the place of the newest line
let touchedAt = 0; // when somebody last did something that may scroll

const scroller = () => workspace.querySelector(".chat-scroll");
const session = () => workspace.querySelector(".chat")?.dataset.chat;
const placeOf = (line) => Number(line.dataset.seq);
const mark = () => workspace.querySelector(".unread");

// The place in the ledger up to which somebody has looked.
const key = (of) => `desk-seen:${of}`;
export const seenUpTo = (of) => sessionStorage.getItem(key(of)) ?? "";

// A chat that was just put on the page: at what came since it was last looked at, else at its end.
export function arrive() {
  atEnd = true;
  below = lastTop = 0;
  size.disconnect();
  if (!scroller()) return;
  size.observe(scroller());
  size.observe(scroller().firstElementChild);
  newest = Math.max(0, ...[...workspace.querySelectorAll(".messages > [data-seq]")].map(placeOf));
  const upTo = session() && seenUpTo(session()); // a record of what is over has no session here
  if (upTo) markBefore([...workspace.querySelectorAll(".line-customer")].find((line) => placeOf(line) > Number(upTo)));
  toMark();
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: workspace }));
}

function stick() {
  const box = scroller();
  atEnd = true;
  below = 0;
  box.scrollTop = box.scrollHeight;
  lastTop = box.scrollTop;
}

export function toEnd() {
  if (!scroller()) return;
  stick();
  look();
}

// To the mark where it would not be seen from the end.
function toMark() {
  stick();
  const up = mark() && mark().getBoundingClientRect().top - scroller().getBoundingClientRect().top - MARK_AT_PX;
  if (up < 0) {
    atEnd = false;
    scroller().scrollTop += up;
  }
  look();
}

function markBefore(line) {
  mark()?.remove();
  line?.before(workspace.querySelector('[data-part="unread"]').content.cloneNode(true));
}

// What is at the end was looked at, if it is on the screen of somebody who has not just turned to another chat.
function look() {
  const isSeen = !document.hidden && !workspace.inert && atEnd && session();
  if (isSeen && newest) sessionStorage.setItem(key(session()), newest);
  showPill();
}

function showPill() {
  const button = workspace.querySelector(".chat-down");
  if (!button) return;
  button.hidden = atEnd;
  const label = button.firstElementChild;
  label.textContent = below ? `${below} ${label.dataset.new}` : label.dataset.down;
}

const size = new ResizeObserver(() => atEnd && toEnd());

workspace.addEventListener("scroll", ({ target }) => {
  if (!target.matches?.(".chat-scroll")) return;
  const up = target.scrollTop < lastTop;
  lastTop = target.scrollTop;
  if (target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_PX) {
    atEnd = true;
    below = 0;
  } else if (up) {
    if (performance.now() - touchedAt < TOUCH_MS) atEnd = false; // else lines only took their room
    early(earlier(), ({ grow }) => grow(target));
  }
  look();
}, { capture: true, passive: true });

for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  workspace.addEventListener(kind, ({ target }) => target.closest(".chat-scroll") && (touchedAt = performance.now()), { passive: true });
}

workspace.addEventListener("click", ({ target }) => {
  const button = target.closest(".chat-down, [data-earlier], [data-act], [data-view]");
  if (!button) return;
  if (button.matches(".chat-down")) toEnd();
  else if (button.dataset.act) wanted(tools(), ({ act }) => act(button));
  else if (button.dataset.view) wanted(load("lightbox"), ({ view }) => view(button));
  else wanted(earlier(), ({ grow }) => grow(scroller(), button));
});

for (const kind of ["pointerover", "focusin"]) {
  workspace.addEventListener(kind, ({ target }) => target.closest(".chat-scroll") && early(tools(), (module) => module.look(target)));
}

document.addEventListener("visibilitychange", () => {
  if (!session() || !atEnd) return;
  if (document.hidden) mark()?.remove();
  else toMark();
});

document.addEventListener("desk:placed", ({ detail }) => {
  const lines = detail.filter((piece) => piece.matches(".line"));
  if (!lines.length) return;
  const fresh = lines.filter((piece) => placeOf(piece) > newest); // one that was amended before we are told is new, too
  newest = Math.max(newest, ...fresh.map(placeOf));
  announce(lines, fresh);
  const theirs = fresh.filter((piece) => piece.matches(".line-customer"));
  if (fresh.some((piece) => piece.matches(".line-seat, .line-note"))) {
    mark()?.remove();
    return toEnd();
  }
  if (theirs.length && (document.hidden || !atEnd) && !mark()) markBefore(theirs[0]);
  if (!atEnd) below += theirs.length;
  else if (!document.hidden && scroller().firstElementChild.childElementCount > ITEMS_MAX) {
    early(earlier(), ({ keepShort }) => atEnd && (keepShort(scroller()), stick()));
  }
  look();
});

// Aloud: what the customer or the desk says now, and what failed; not what was placed anew or paged in.
function announce(lines, fresh) {
  const heard = workspace.querySelector('[data-part="heard"]');
  const words = lines.map((line) => {
    if (fresh.includes(line) && !line.matches(".line-seat, .line-note")) return line.textContent;
    return line.matches('[data-delivery="failed"]') ? line.querySelector(".failure")?.textContent : "";
  });
  if (heard && words.some(Boolean)) heard.textContent = words.join(" ").replace(/\s+/g, " ");
}
