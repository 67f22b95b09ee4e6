// What the visitor writes: Enter sends, Shift+Enter breaks the line, and never while an input method is at work. Words
// that are not sent survive a reload.

import { say } from "./facts.js";
import { draft, keepDraft } from "./keep.js";

const COUNT_BELOW = 50;
const ROWS_MAX_PX = 120;

const form = document.getElementById("composer");
const field = document.getElementById("text");
const button = document.getElementById("send");
const count = document.getElementById("count");
let most = 600;

export function compose(send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text || length(text) > most) return;
    field.value = "";
    changed();
    send(text);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  field.addEventListener("input", changed);
  field.value ||= draft(); // who is quick has begun to write
  changed();
}

export function limit(characters) {
  most = characters;
  changed();
}

export const focus = () => field.focus({ preventScroll: true });

// As the desk counts: characters, not halves of them.
const length = (text) => [...text].length;

function changed() {
  keepDraft(field.value);
  const left = most - length(field.value.trim());
  button.disabled = !field.value.trim() || left < 0;
  count.hidden = left > COUNT_BELOW;
  count.textContent = left < 0 ? say("over", { n: -left }) : say("left", { n: left });
  count.classList.toggle("is-over", left < 0);
  field.setAttribute("aria-invalid", left < 0);
  field.style.blockSize = "auto";
  field.style.blockSize = `${Math.min(field.scrollHeight + 2, ROWS_MAX_PX)}px`;
}
