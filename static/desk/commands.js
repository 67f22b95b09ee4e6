// The command bar: what can be done now, my sessions, and the pages, found by typing and done with Enter. Its field is
// on the page from the start, so that no key is lost while the rest is fetched for the first time.

import { facts } from "./facts.js";
import { isAvailable, perform } from "./keys.js";
import { failed } from "./later.js";
import { mark, marked, step } from "./listbox.js";
import { fetchFragment } from "./pieces.js";
import { sheet } from "./sheet.js";

sheet("commands");
const dialog = document.getElementById("dialog-commands");
const field = document.getElementById("command-typed");
const done = new Map(); // entry → what choosing it does
let list;
let building;

export async function fillCommands(open) {
  if (!list) await (building ??= build().catch(failed).finally(() => (building = undefined)));
  if (!list) return;
  for (const entry of list.querySelectorAll("[data-made]")) entry.remove();
  for (const row of document.querySelectorAll(".row-item[data-session]")) {
    const { session, name } = row.dataset;
    make("sessions", name, row.querySelector(".row-preview")?.textContent.trim() ?? "", () => open(session, { focus: true }));
  }
  for (const link of document.querySelectorAll(".rail-place[href], .rail-me a.menu-item")) {
    make("pages", link.textContent.trim(), "", () => link.click());
  }
  filter();
  if (dialog.open && "entered" in field.dataset) choose(marked(list));
}

async function build() {
  await fetchFragment("/desk/commands", (html) => void (dialog.lastElementChild.innerHTML = html));
  list = document.getElementById("command-list");
  for (const entry of list.querySelectorAll("[data-action]")) {
    const action = facts.actions.find(({ id }) => id === entry.dataset.action);
    done.set(entry, Object.assign(() => perform(action), { action }));
  }
  field.addEventListener("input", filter);
  field.addEventListener("keydown", steer);
  list.addEventListener("click", ({ target }) => choose(target.closest('[role="option"]')));
}

function make(place, label, detail, act) {
  const entry = document.createElement("li");
  entry.id = `command-made-${done.size}`;
  entry.className = "command";
  entry.role = "option";
  entry.dataset.made = "";
  entry.dataset.words = `${label} ${detail}`.toLowerCase();
  const [said, small] = [document.createElement("span"), document.createElement("span")];
  said.textContent = label;
  small.textContent = detail;
  small.className = "quiet small truncate";
  entry.append(said, small);
  let last = list.querySelector(`[data-place="${place}"]`);
  while (last.nextElementSibling?.role === "option") last = last.nextElementSibling;
  last.after(entry);
  done.set(entry, act);
}

const shown = () => [...list.querySelectorAll('[role="option"]:not([hidden])')];

function filter() {
  const wanted = field.value.trim().toLowerCase().split(/\s+/);
  for (const entry of list.querySelectorAll('[role="option"]')) {
    const { action } = done.get(entry);
    entry.hidden = (action && !isAvailable(action)) || !wanted.every((part) => entry.dataset.words.includes(part));
  }
  for (const place of list.querySelectorAll(".commands-place")) place.hidden = !hasEntries(place);
  mark(list, field, shown()[0]);
  dialog.querySelector(".commands-none").hidden = shown().length > 0;
}

function hasEntries(place) {
  let next = place.nextElementSibling;
  while (next?.role === "option" && next.hidden) next = next.nextElementSibling;
  return next?.role === "option";
}

function steer(event) {
  if (event.isComposing) return;
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) {
    event.preventDefault();
    step(list, field, shown(), by);
  } else if (event.key === "Enter") {
    event.preventDefault();
    choose(marked(list));
  }
}

function choose(entry) {
  if (!entry) return;
  dialog.close();
  done.get(entry)();
}
