// The list of canned replies that `/` opens where a message begins; after a space a letter must follow, so that no date
// and no address opens it. While an input method composes, keys are its own, and what it composes filters already. An
// answer that comes late is dropped; an Enter that comes early waits for it.

import { mark, marked, step } from "./listbox.js";
import { put } from "./replies.js";
import { sheet } from "./sheet.js";

const DEBOUNCE_MS = 60;
const QUERY = /(?:^[/／、]|(?<=\s)\/(?=\p{L}))[\p{L}\p{N}_-]*$/u; // an input method may make 、 of the key
const OPEN = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "true", "aria-controls": "reply-options" };
const workspace = document.getElementById("workspace");
let field = null; // the composer that the list is open for
let anchor = -1; // where the button opened it, without a `/`
let dismissed = -1; // the `/` that Esc was pressed at
let preedit = "";
let [asked, answered, early] = [0, 0, false];
let timer;

const boxOf = (target) => target.form.querySelector(".picker");
const options = () => [...boxOf(field).querySelectorAll('[role="option"]')];
const chosen = () => marked(boxOf(field));

// Where the words to be replaced begin, and what they ask for; null where they ask for nothing.
function place(target) {
  const end = target.selectionStart;
  let before = target.value.slice(0, end);
  if (preedit && before.endsWith(preedit)) before = before.slice(0, -preedit.length) + preedit.replace(/[\s']/g, "");
  if (anchor >= 0 && !/\s/.test(before.slice(anchor))) return { start: anchor, query: before.slice(anchor) };
  const found = /^(\s|$)/.test(target.value.slice(end)) ? QUERY.exec(before) : null;
  return found && { start: found.index, query: found[0].slice(1) };
}

function look(target) {
  const at = target.form.elements.mode.value === "note" ? null : place(target);
  if (!at) dismissed = -1;
  if (!at || at.start === dismissed) return close();
  field = target;
  asked += 1;
  clearTimeout(timer);
  timer = setTimeout(ask, DEBOUNCE_MS, at.query, asked);
}

async function ask(query, mine) {
  const box = boxOf(field);
  const answer = await fetch(`${box.dataset.address}?q=${encodeURIComponent(query)}`).catch(() => null);
  const html = answer?.ok && (await answer.text());
  if (mine !== asked) return;
  if (!html) return close();
  answered = mine;
  box.innerHTML = html;
  box.hidden = false;
  for (const [name, value] of Object.entries(OPEN)) field.setAttribute(name, value);
  field.ariaExpanded = options().length > 0; // where nothing fits there is no list to control
  mark(boxOf(field), field, chosen() ?? options()[0]);
  if (early) pick();
}

function close() {
  clearTimeout(timer);
  asked += 1;
  [anchor, early] = [-1, false];
  if (!field) return;
  boxOf(field).hidden = true;
  boxOf(field).replaceChildren();
  for (const name of [...Object.keys(OPEN), "aria-activedescendant"]) field.removeAttribute(name);
  field = null;
}

function pick() {
  early = answered !== asked;
  if (!early && chosen()) choose(chosen());
}

function choose(option) {
  const target = field;
  if (preedit) target.blur(); // ends the composition
  const at = place(target);
  close();
  target.setSelectionRange(at?.start ?? target.selectionStart, target.selectionStart);
  put(option.dataset);
}

workspace.addEventListener("compositionupdate", ({ data }) => (preedit = data));
for (const type of ["input", "compositionend"]) {
  workspace.addEventListener(type, ({ target }) => {
    if (type === "compositionend") preedit = "";
    if (target.matches(".composer-text")) look(target);
  });
}
workspace.addEventListener("focusout", ({ target }) => target === field && close());
workspace.addEventListener("pointerdown", (event) => {
  if (event.target.closest(".picker, [data-slash]")) event.preventDefault(); // the words keep the focus
  else if (event.target === field) close();
});
workspace.addEventListener("click", ({ target }) => {
  const option = target.closest('.picker [role="option"]');
  if (option) choose(option);
});

// Before the composer hears the key (capture): with the list open, Enter sends nothing.
workspace.addEventListener("keydown", (event) => {
  const { key, shiftKey, target } = event;
  if (target !== field || event.isComposing || event.keyCode === 229) return;
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (by) step(boxOf(field), field, options(), by);
  else if (key === "Escape") dismiss();
  else if ((key === "Enter" && !shiftKey) || (key === "Tab" && (chosen() || answered !== asked))) pick();
  else {
    if (/^(Arrow|Home|End|Tab)/.test(key)) close();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, true);

function dismiss() {
  dismissed = place(field)?.start ?? -1;
  close();
}

// At the caret, whatever stands before it.
export function openHere() {
  const text = workspace.querySelector(".composer-text");
  text.focus();
  close();
  anchor = text.selectionStart;
  look(text);
}

sheet("picker");

// What was typed while this was being loaded.
if (document.activeElement.matches(".composer-text")) look(document.activeElement);
