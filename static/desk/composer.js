// Writing: Enter sends and Shift+Enter breaks the line, but never while an input method is composing. The Enter that
// ends a composition comes with `isComposing`, or, after the composition's end, with key code 229; every other is real.

import { draft, keepDraft, restoreDrafts } from "./drafts.js";
import { facts, say } from "./facts.js";
import { sendText } from "./outgoing.js";

const COUNT_FROM = 0.75;
const workspace = document.getElementById("workspace");
const encoder = new TextEncoder();
let composing = false;

const form = () => workspace.querySelector('[data-form="composer"]');
const textOf = (composer) => composer.elements.text;

const thread = () => workspace.querySelector(".thread-form");

export const focusThread = () => thread()?.elements.text.focus();

// The words to the customer, or to the colleague where there are only those.
export const focusComposer = () => (form() ? textOf(form()).focus() : focusThread());

export function toggleNote() {
  const composer = form();
  if (!composer) return;
  composer.elements.mode.value = composer.elements.mode.value === "note" ? "reply" : "note";
  showMode(composer);
  textOf(composer).focus();
}

// Puts words at the caret, in place of what is selected, as if they were typed: they can be undone, and `input` fires.
export function insertText(text) {
  const composer = form();
  if (!composer) return;
  const field = textOf(composer);
  field.focus();
  if (document.execCommand("insertText", false, text)) return; // deprecated, and the only way that keeps the undo list
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}

// Makes a composer ready that was just put on the page.
export function prepareComposer() {
  restoreDrafts(workspace);
  if (form()) measure(form());
}

function showMode(composer) {
  const mode = composer.elements.mode.value;
  composer.toggleAttribute("data-noting", mode === "note");
  textOf(composer).placeholder = textOf(composer).dataset[mode];
  const send = composer.querySelector(".composer-send button");
  send.textContent = send.dataset[mode];
  measure(composer);
}

function measure(composer) {
  const isNote = composer.elements.mode.value === "note";
  const left = facts.text_bytes_max - encoder.encode(textOf(composer).value).length;
  const over = !isNote && left < 0;
  const count = composer.querySelector(".composer-count");
  count.hidden = isNote || left > facts.text_bytes_max * (1 - COUNT_FROM);
  count.textContent = over ? say("bytes_over", { n: -left }) : say("bytes_left", { n: left });
  count.toggleAttribute("data-over", over);
  composer.querySelector(".composer-send button").disabled = over;
}

function submit(composer) {
  const text = textOf(composer).value;
  if (!text.trim() || composer.querySelector(".composer-send button").disabled) return;
  const { session } = composer.dataset;
  const kind = composer.elements.mode.value;
  textOf(composer).value = "";
  keepDraft(session, "text", "");
  if (kind === "note") toggleNote();
  measure(composer);
  sendText(session, text, kind);
}

workspace.addEventListener("compositionstart", () => (composing = true));
workspace.addEventListener("compositionend", () => (composing = false));
workspace.addEventListener("focusout", () => (composing = false));

workspace.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".composer-text, [data-enter]")) return;
  if (event.shiftKey || event.altKey || composing || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (event.target.matches("[data-enter]")) event.target.form.requestSubmit();
  else submit(event.target.form);
});

workspace.addEventListener("submit", (event) => {
  if (event.target.dataset.form !== "composer") return;
  event.preventDefault();
  submit(event.target);
  textOf(event.target).focus();
});

workspace.addEventListener("input", ({ target }) => target.matches(".composer-text") && measure(target.form));
workspace.addEventListener("change", ({ target }) => {
  if (target.name !== "mode") return;
  showMode(target.form);
  textOf(target.form).focus();
});

document.addEventListener("desk:returned", ({ detail: session }) => {
  if (form()?.dataset.session !== session) return;
  textOf(form()).value = draft(session, "text");
  measure(form());
});
