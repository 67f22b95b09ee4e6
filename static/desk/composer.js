// Where one writes. What belongs to writing itself is loaded when somebody is about to write, or has had time to look
// around; a key that sends is never lost meanwhile.

import { draftOf, keepDraft, restoreDrafts } from "./drafts.js";
import { early, load, wanted } from "./later.js";
import { preferences } from "./preferences.js";
import { sends } from "./sending_keys.js";

const SOON_MS = 10_000;
const workspace = document.getElementById("workspace");
let loaded = null;

const writing = () => load("writing").then((module) => (loaded = module));

const find = (selector) => workspace.querySelector(selector);
export const form = () => find('[data-form="composer"]');
const thread = () => find(".thread-form");

export const focusThread = () => thread()?.elements.text.focus();

// The words to the customer, or to the colleague where there are only those; else what is to be filled in, or to be read.
export function focusComposer() {
  const field = (form() ?? thread())?.elements.text ?? find('.wrap-up [name="disposition"]');
  (field ?? find(".chat-scroll"))?.focus();
}

export function toggleNote() {
  if (!form()) return;
  const { mode, text } = form().elements;
  mode.value = mode.value === "note" ? "reply" : "note";
  keep(form());
  text.focus();
  wanted(writing(), ({ changeMode }) => changeMode(form()));
}

// Puts words at the caret, in place of what is selected, as if they were typed: they can be undone, and `input` fires.
export function insertText(text) {
  const field = form()?.elements.text;
  if (!field) return;
  field.focus();
  if (document.execCommand("insertText", false, text)) return; // deprecated, and the only way that keeps the undo list
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}

// Makes a composer ready that was just put on the page.
export function prepareComposer() {
  restoreDrafts(workspace);
  if (!form()) return;
  const { mode, text } = draftOf(form().dataset.session);
  form().elements.mode.value = mode;
  form().elements.send_key.value = preferences.send_key;
  if (loaded) loaded.prepare(form());
  else if (text) wanted(writing());
  else setTimeout(() => early(writing()), SOON_MS);
}

const keep = ({ dataset, elements: { mode, text } }) => keepDraft(dataset.session, "text", text.value, { mode: mode.value });

const submit = (composer) => wanted(writing(), ({ submit: send }) => send(composer));

workspace.addEventListener("focusin", ({ target }) => target.closest('[data-form="composer"]') && wanted(writing()));

// On a slow line words come before what belongs to writing does: they outlive a chat or a page that is put up anew.
workspace.addEventListener("input", ({ target }) => loaded || (target.form?.elements.mode && keep(target.form)));

workspace.addEventListener("keydown", (event) => {
  if (!event.target.matches(".composer-text, [data-enter]") || !sends(event, preferences.send_key)) return;
  event.preventDefault();
  if (event.target.matches("[data-enter]")) event.target.form.requestSubmit();
  else submit(event.target.form);
});

workspace.addEventListener("submit", (event) => {
  if (event.target.dataset.form !== "composer") return;
  event.preventDefault();
  submit(event.target);
  event.target.elements.text.focus();
});

workspace.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-emoji]");
  if (button) wanted(load("emoji"), ({ openEmoji }) => openEmoji(button));
});

document.addEventListener("desk:placed", ({ detail }) => detail.some((piece) => piece.matches(".chat-foot")) && prepareComposer());

document.documentElement.dataset.sendKey = preferences.send_key;
