// The list column: tabs and counters, the open row and its neighbours, the arrows, the mark of a draft. Lists that nobody
// needs at once are fetched.

import { hasDraft } from "./drafts.js";
import { say } from "./facts.js";
import { resettle } from "./order.js";
import { fetchFragment } from "./pieces.js";

const FETCHED = { talks: "/desk/talks", closed: "/desk/closed" };
const panes = document.getElementById("panes");
const tablist = document.querySelector('.list [role="tablist"]');
const tabs = [...tablist.children];
let open = "";
let looksAt = "";
const asked = {};
let closedSince = 0; // how many joined after the first page was counted

const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
const chosen = () => tabs.find((tab) => tab.ariaSelected === "true");
const seen = (place) => place.closest(".row-item")?.classList.remove("is-new");
const has = (list) => document.getElementById(list).childElementCount;

export function mark(session) {
  open = session;
  for (const link of panes.querySelectorAll("[data-open]")) {
    const isOpen = link.dataset.open === session;
    link.ariaCurrent = isOpen || null;
    if (isOpen) seen(link);
    const draft = link.querySelector(".row-draft");
    if (draft) draft.hidden = isOpen || !hasDraft(link.dataset.open);
  }
  rove();
}

// The session after (1) or before (-1) the open one, down the list that is in sight, or one's own work.
export function neighbour(step) {
  const inSight = panelOf(chosen());
  const panel = inSight.querySelector('[id^="row-"]') ? inSight : panelOf(tabs[0]);
  const sessions = [...panel.querySelectorAll(".row-item:not(details:not([open]) *)")].map((row) => row.dataset.session);
  const at = sessions.indexOf(open);
  return at < 0 ? (sessions[0] ?? "") : sessions.at((at + step) % sessions.length);
}

// The customer who waits longest for an answer of mine; else the first in the list.
export function longestWaiting() {
  const rows = [...document.querySelectorAll("#rows .row-item")];
  const ours = rows.filter((row) => "ours" in row.dataset);
  return (ours.length ? ours : rows).toSorted((one, other) => one.dataset.key - other.dataset.key)[0]?.dataset.session;
}

export const nameOf = (session) =>
  document.querySelector(`.row-item[data-session="${session}"]`)?.dataset.name ?? say("customer");

// Whether the session is mine, or any is.
export function hasRow(session) {
  return (session ? document.getElementById(`row-${session}`) : panes.querySelector('[id^="row-"]')) !== null;
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
    each.ariaSelected = each === tab;
    each.tabIndex = each === tab ? 0 : -1;
    panelOf(each).hidden = each !== tab;
  }
  if (focus) tab.focus();
  look();
  rove();
}

// Back to what is in service, where another list was looked at.
export const showMine = () => chosen() === tabs[0] || select(tabs[0]);

export function reselect() {
  select(chosen());
  countClosed();
}

// What is fetched comes when it is looked at. The hub tells of every talk only to who looks; a new line begins without.
function look() {
  const name = chosen().id.slice("tab-".length);
  const at = name === "talks" ? name : "";
  if (at || looksAt) document.dispatchEvent(new CustomEvent("desk:ask", { detail: { do: "look", at } }));
  looksAt = at;
  if (name in FETCHED) fill(name);
}

function countClosed() {
  if (chosen().id !== "tab-closed") fill("closed", "?rows=no");
}

// What was asked for last is shown: the number alone may come after the list.
async function fill(name, query = "") {
  const mine = (asked[name] = {});
  const panel = document.getElementById(`panel-${name}`);
  const place = panel.querySelector("[data-filled]");
  if (panel.dataset.state === "failed") panel.dataset.state = "loading";
  try {
    await fetchFragment(FETCHED[name] + query, (html) => {
      if (asked[name] !== mine) throw mine;
      if (name === "closed") closedSince = 0;
      place.innerHTML = html;
      for (const number of place.querySelectorAll("[data-talks]")) document.getElementById(number.id).replaceWith(number);
      htmx.process(place);
      return [place];
    });
    place.querySelectorAll(".rows").forEach(resettle); // what came meanwhile was put at the end
    panel.dataset.state = query ? "loading" : "filled";
  } catch {
    if (asked[name] === mine) panel.dataset.state = "failed";
  }
  count();
  mark(open);
}

export function count() {
  const sum = (name) => [...document.querySelectorAll(`[data-${name}]`)].reduce((all, each) => all + Number(each.dataset[name]), 0);
  const closed = document.getElementById("closed-rows")?.dataset.total;
  const numbers = {
    mine: has("rows"),
    parked: has("parked-rows"),
    consults: has("consult-rows"),
    queue: sum("waiting"),
    talks: sum("talks"),
    closed: closed ? Number(closed) + closedSince : "…",
  };
  for (const place of document.querySelectorAll("[data-count]")) {
    const number = String(numbers[place.dataset.count]);
    if (place.textContent !== number) place.textContent = number;
  }
}

// One row of a list is reached by Tab, the others from there by the arrows.

const stops = () => [...panelOf(chosen()).querySelectorAll(".row-link, li > button")];

function rove(to) {
  const all = stops();
  const focused = all.includes(document.activeElement) && document.activeElement;
  const stop = to || focused || all.find((each) => each.matches('[aria-current="true"]')) || all[0];
  for (const each of all) each.tabIndex = each === stop ? 0 : -1;
}

// The stop that a key leads to; undefined for other keys, and from elsewhere.
function led({ key, target }, all, [back, forth]) {
  const at = all.indexOf(target);
  const to = { [back]: Math.max(at - 1, 0), [forth]: Math.min(at + 1, all.length - 1), Home: 0, End: all.length - 1 }[key];
  return at < 0 ? undefined : all[to];
}

panes.addEventListener("keydown", (event) => {
  const to = led(event, stops(), ["ArrowUp", "ArrowDown"]);
  if (!to || event.altKey || event.ctrlKey) return;
  event.preventDefault();
  rove(to);
  to.focus();
});

tablist.addEventListener("keydown", (event) => {
  const to = led(event, tabs, ["ArrowLeft", "ArrowRight"]);
  if (!to) return;
  event.preventDefault();
  select(to, true);
});

for (const tab of tabs) tab.addEventListener("click", () => select(tab));

panes.addEventListener("click", ({ target }) => target.dataset.load && fill(target.dataset.load));
panes.addEventListener("animationend", ({ target }) => seen(target));

document.addEventListener("desk:placed", ({ detail }) => {
  closedSince += detail.filter((piece) => piece.matches('.is-new[data-into="closed-rows"]')).length;
  count();
  mark(open);
});
document.addEventListener("desk:drafted", () => mark(open));
document.addEventListener("desk:connected", look);
panes.addEventListener("htmx:afterSettle", () => mark(open));

requestIdleCallback(countClosed);
