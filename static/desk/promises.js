// The promise form: which instant was chosen, on the desk's own clock whatever this computer's says, and the words
// that could be said with it.

import { serverNow } from "./clocks.js";

// Milliseconds of the chosen time; NaN where none is filled in.
export function dueAt(form) {
  const { due, at } = form.elements;
  if (due.value.startsWith("+")) return serverNow() + Number(due.value) * 1000;
  return due.value === "other" ? Date.parse(at.value + at.dataset.offset) : Number(due.value);
}

function clockOf(form) {
  const { due, at } = form.elements;
  const chosen = form.querySelector('[name="due"]:checked');
  return due.value === "other" ? at.value.slice(11) : chosen.dataset.clock;
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-suggest]");
  if (!button) return;
  const { text } = button.form.elements;
  text.value = button.dataset.suggest.replace("{time}", clockOf(button.form));
  text.focus();
});
