// Sessions that ring at this seat: heard, announced, and shown in the tab's title until they are answered.

import { facts, say } from "./facts.js";
import { badge } from "./badge.js";
import { notify } from "./notices.js";
import { keepRinging } from "./sound.js";

const rings = document.getElementById("rings");
const announce = document.getElementById("announce");
const ownTitle = document.title;
const told = new Set();

export const firstRing = () => rings.querySelector(".ring[data-session]");

function look() {
  const cards = [...rings.querySelectorAll(".ring[data-session]")];
  const ours = document.querySelectorAll("#rows [data-ours]").length;
  keepRinging(cards.length > 0);
  const waiting = cards.length ? say("title_ringing", { n: cards.length }) : ours ? `(${ours}) ` : "";
  document.title = waiting + ownTitle;
  badge(cards.length ? "#c4302b" : ours ? "#b86e00" : "");
  for (const card of cards) {
    if (told.has(card.dataset.session)) continue;
    told.add(card.dataset.session);
    const words = say("new_session", { name: card.dataset.name, group: card.dataset.group });
    announce.textContent = words;
    notify("offer", card.dataset.session, words);
  }
  for (const session of told) if (!cards.some((card) => card.dataset.session === session)) told.delete(session);
}

// A colleague's rings go to the whole group; what rings here is named by its seat.
document.addEventListener("desk:placed", look);
if (facts.seat) look();
