// How the desk is laid out: rows of one line or two, and their order; the column beside the chat. Kept for the person.
// Where the page is too narrow for the column it lies over the chat, and is only shown for the moment.

import { resettle } from "./order.js";
import { keepPreference, preferences } from "./preferences.js";

const desk = document.getElementById("content");
const narrow = matchMedia("(max-width: 1179px)");

function show() {
  desk.classList.toggle("is-compact", preferences.compact);
  desk.classList.toggle("is-wide", !preferences.context);
  for (const button of document.querySelectorAll("[data-prefer]")) {
    const { prefer, value } = button.dataset;
    const on = value ? preferences[prefer] === value : preferences[prefer];
    const peeking = prefer === "context" && narrow.matches;
    button.ariaPressed = peeking ? desk.classList.contains("is-peeking") : on;
  }
}

document.addEventListener("click", ({ target }) => {
  const { prefer, value } = target.closest("[data-prefer]")?.dataset ?? {};
  if (target.closest("[data-open-list]")) desk.classList.add("is-listing");
  if (target.closest("[data-open]")) desk.classList.remove("is-listing");
  if (!prefer) return;
  if (prefer === "context" && narrow.matches) desk.classList.toggle("is-peeking");
  else keepPreference(prefer, value ?? !preferences[prefer]);
  if (prefer === "sort") document.querySelectorAll(".rows").forEach(resettle);
  show();
});

narrow.addEventListener("change", show);
show();
