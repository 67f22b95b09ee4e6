// `@` in a note: colleagues to choose from, by name, pinyin or initials. What is put in is their plain name; whom it means
// is remembered beside it, and goes with the note while the name still stands in it.

import { insertText } from "./composer.js";
import { mark, marked, step } from "./listbox.js";
import { makePopup, showAbove } from "./popups.js";
import { fetchFragment } from "./pieces.js";

const BEGUN = /(?:^|[\s，。；：,;:])@([^\s@]{0,20})$/;
const REST_MS = 80;
const MEANT = "desk-mentions";

const popup = makePopup("mention", "manual");
popup.id = "mention-list";
popup.setAttribute("role", "listbox");

let field = null;
let asked = 0;
let timer;

const meant = JSON.parse(sessionStorage.getItem(MEANT) ?? "{}"); // name → seat
const options = () => [...popup.querySelectorAll('[role="option"]')];
const begun = () => BEGUN.exec(field.value.slice(0, field.selectionStart));

// The seats of those whose names stand in a note.
export const mentionsIn = (text) =>
  Object.entries(meant).filter(([name]) => text.includes(`@${name}`)).map(([, seat]) => seat).slice(0, 10);

// Called with the field of a note when something was typed into it.
export function suggest(text) {
  field = text;
  clearTimeout(timer);
  const found = begun();
  if (!found) return close();
  timer = setTimeout(ask, REST_MS, found[1]);
}

async function ask(wanted) {
  const mine = ++asked;
  await fetchFragment(`/desk/colleagues?q=${encodeURIComponent(wanted)}`, (html) => {
    if (mine !== asked || !field.isConnected || !begun()) return;
    popup.innerHTML = html;
    open();
  }).catch(close);
}

async function open() {
  popup.setAttribute("aria-label", field.placeholder);
  await showAbove(popup, field);
  field.setAttribute("aria-controls", popup.id);
  field.setAttribute("aria-autocomplete", "list");
  mark(popup, field, options()[0]);
}

function close() {
  asked++;
  clearTimeout(timer);
  if (popup.matches(":popover-open")) popup.hidePopover();
  field?.removeAttribute("aria-activedescendant");
}

function choose(option) {
  const { name, seat } = option.dataset;
  const typed = begun()[1].length + 1;
  meant[name] = seat;
  sessionStorage.setItem(MEANT, JSON.stringify(meant));
  close();
  field.setSelectionRange(field.selectionStart - typed, field.selectionStart);
  insertText(`@${name} `);
}

// Before the composer's own keys: Enter chooses here, and sends there.
document.addEventListener("keydown", (event) => {
  if (!popup.matches(":popover-open") || event.target !== field || event.isComposing || event.keyCode === 229) return;
  if (event.key === "Escape") close();
  else if (!marked(popup)) return;
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(popup, field, options(), event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter" || event.key === "Tab") choose(marked(popup));
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
popup.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays where it is
popup.addEventListener("click", ({ target }) => target.closest('[role="option"]') && choose(target.closest('[role="option"]')));
document.addEventListener("focusout", ({ target }) => target === field && close());
