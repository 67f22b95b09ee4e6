// Sessions that ring at this seat: heard, announced, and shown in the tab's title until they are answered. What was
// accepted by itself, or came to nothing, stays a moment.

import { serverNow } from "./clocks.js";
import { facts, say } from "./facts.js";
import { badge } from "./badge.js";
import { notify } from "./notices.js";
import { hear, keepRinging } from "./sound.js";

const SOON_MS = 5000;
const STEADY_AFTER_MS = 500;
const rings = document.getElementById("rings");
const announce = document.getElementById("announce");
const ownTitle = document.title;
const told = new Set();
const mine = new Set(); // what was answered here
let first = "";
let changedAt = -Infinity;
let watching;

// What the person has answered may take a moment to go; the next is to be answered by then.
export function answered(session) {
  mine.add(session);
  document.getElementById(`ring-${session}`)?.setAttribute("data-answered", "");
}

// Not for the moment after the first that rang has gone by itself: the answer was meant for that one.
export const isSteady = () => performance.now() - changedAt > STEADY_AFTER_MS;

function watchFirst(ringing) {
  const now = ringing.find(({ dataset }) => !("answered" in dataset))?.dataset.session ?? "";
  if (now && first && now !== first && !mine.has(first)) changedAt = performance.now();
  mine.delete(first);
  first = now;
}

function look() {
  const cards = [...rings.querySelectorAll(".ring[data-session]")];
  const ringing = cards.filter((card) => card.dataset.expires);
  const isAgain = ({ dataset: { session } }) => document.querySelector(`#ring-${session}, #row-${session}`);
  for (const card of cards) if (!card.dataset.expires && card.dataset.settled !== "taken" && isAgain(card)) card.remove();
  const ours = document.querySelectorAll("#rows [data-ours]").length;
  document.body.style.setProperty("--rings", `${rings.offsetHeight}px`);
  keepRinging(ringing.length > 0);
  watchFirst(ringing);
  const waiting = ringing.length ? say("title_ringing", { n: ringing.length }) : ours ? `(${ours}) ` : "";
  document.title = waiting + ownTitle;
  badge(ringing.length ? "#c4302b" : ours ? "#b86e00" : "");
  for (const { dataset } of cards) {
    const { session, settled, name, group } = dataset;
    if (told.has(session) || (settled && settled !== "taken")) continue;
    told.add(session);
    const words = say(settled ? "taken_session" : "new_session", { name, group });
    announce.textContent = words;
    notify("offer", session, words);
    if (settled) hear("offer");
  }
  for (const session of told) if (!cards.some(({ dataset }) => dataset.session === session && dataset.settled !== "missed")) told.delete(session);
  if (!cards.length) watching = clearInterval(watching);
  else watching ??= setInterval(watch, 500);
}

function watch() {
  const now = serverNow();
  let gone = false;
  for (const card of rings.children) {
    const { expires, goneAt } = card.dataset;
    if (expires) card.toggleAttribute("data-soon", expires - now < SOON_MS);
    else if (goneAt <= now && !card.matches(":hover, :focus-within")) {
      card.remove();
      gone = true;
    }
  }
  if (gone) look();
}

// A colleague's rings go to the whole group; what rings here is named by its seat.
document.addEventListener("desk:placed", look);
if (facts.seat) look();
