// The list column: tabs and their counters, the open row, its neighbours, and the mark of a draft.

import { hasDraft } from "./drafts.js";
import { say } from "./facts.js";
import { order } from "./pieces.js";

const tabs = [...document.querySelectorAll('.list [role="tab"]')];
let open = "";

export function mark(session) {
  open = session;
  for (const link of document.querySelectorAll("[data-open]")) {
    if (link.dataset.open === session) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.querySelector(".row-draft").hidden = link.dataset.open === session || !hasDraft(link.dataset.open);
  }
}

// The session after (1) or before (-1) the open one, down all lists that are not folded; the first where none is open.
export function neighbour(step) {
  const shown = document.querySelectorAll("#panel-mine .row-item:not(details:not([open]) *)");
  const sessions = [...shown].map((row) => row.dataset.session);
  const at = sessions.indexOf(open);
  if (!sessions.length) return "";
  return at < 0 ? sessions[0] : sessions[(at + step + sessions.length) % sessions.length];
}

// The customer who waits longest for an answer of mine; else the first in the list.
export function longestWaiting() {
  const rows = document.querySelectorAll("#rows .row-item");
  const ours = [...rows].filter((row) => "ours" in row.dataset);
  return (ours.length ? ours : [...rows]).toSorted((one, other) => one.dataset.key - other.dataset.key)[0]?.dataset.session;
}

export const nameOf = (session) =>
  document.querySelector(`.row-item[data-session="${session}"]`)?.dataset.name ?? say("customer");

// Whether the session is mine, or any is.
export function hasRow(session = "") {
  return session ? document.getElementById(`row-${session}`) !== null : document.querySelector('.row-item[id^="row-"]') !== null;
}

// Whether a line is shown that has fewer entries on the page than wait in it: long ones are shown in part.
export function isShort() {
  return [...document.querySelectorAll("[data-waiting]")].some((group) => {
    const shown = group.nextElementSibling.childElementCount;
    return shown < 5 && shown < Number(group.dataset.waiting);
  });
}

function select(tab, focus = false) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
}

export function reselect() {
  select(tabs.find((tab) => tab.getAttribute("aria-selected") === "true"));
}

export function count() {
  const waiting = [...document.querySelectorAll("[data-waiting]")].reduce((sum, group) => sum + Number(group.dataset.waiting), 0);
  const has = (list) => document.getElementById(list).childElementCount;
  const numbers = { mine: has("rows"), parked: has("parked-rows"), consults: has("consult-rows"), queue: waiting };
  for (const place of document.querySelectorAll("[data-count]")) place.textContent = numbers[place.dataset.count];
}

document.querySelector('.list [role="tablist"]').addEventListener("click", ({ target }) => {
  const tab = target.closest('[role="tab"]');
  if (tab) select(tab);
});

document.querySelector('.list [role="tablist"]').addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) select(tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length], true);
});

document.getElementById("panes").addEventListener("pointerout", () => requestAnimationFrame(() => document.querySelectorAll(".rows").forEach(order)));

document.getElementById("panes").addEventListener("animationend", ({ target }) => target.closest(".row-item")?.classList.remove("is-new"));

document.addEventListener("desk:placed", () => {
  count();
  mark(open);
});
document.addEventListener("desk:drafted", () => mark(open));
