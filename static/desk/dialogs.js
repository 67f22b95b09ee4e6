// Everything that asks before it acts, and what explains: forms that are fetched when they open, hang-up, the cheat
// sheet, the reasons. Esc and "cancel" close; the focus goes back to where it was, or to the words being written.

import { focusComposer } from "./composer.js";
import { fetchFragment } from "./pieces.js";
import { sends } from "./sending_keys.js";
import { sheet } from "./sheet.js";

const open = (name) => document.getElementById(`dialog-${name}`);

export const isOpen = () => document.querySelector("dialog[open]") !== null;

// A form about a session, or about my seat, with its first field ready; `style` where it has one of its own.
export const showForm = (address, style) => showFetched("form", address, style);

export const showWhy = (session) => showFetched("why", `/desk/sessions/${session}/why`, "../why");

export const closeForm = () => open("form").close();

// Opens the command bar, or closes it; whether it is open now. An Enter that is early holds good for its list.
export function showCommandField() {
  const dialog = open("commands");
  sheet("dialogs");
  if (dialog.open) dialog.close();
  else {
    commandField.value = "";
    delete commandField.dataset.entered;
    dialog.showModal();
  }
  return dialog.open;
}

const commandField = document.getElementById("command-typed");
commandField.addEventListener("keydown", ({ key, isComposing }) => {
  if (key === "Enter" && !isComposing) commandField.dataset.entered = "";
});

async function showFetched(name, address, style) {
  const dialog = open(name);
  await Promise.all([sheet("dialogs"), style && sheet(style)]);
  await fetchFragment(address, (html) => {
    dialog.firstElementChild.innerHTML = html;
  });
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

for (const name of ["form", "why"]) {
  open(name).addEventListener("close", () => {
    if (open(name).open) return; // the next was asked for meanwhile
    open(name).firstElementChild.replaceChildren();
    if (document.activeElement === document.body) focusComposer();
  });
}

// Resolves to whether the person wants to hang up all the same.
export function confirmHangUp() {
  const dialog = open("hang-up");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

open("hang-up").querySelector("[data-confirm]").addEventListener("click", () => open("hang-up").close("yes"));

open("form").addEventListener("input", ({ target }) => {
  if (target.name === "at") target.form.elements.due.value = "other";
});

// Enter breaks the line in a dialog's words; with Ctrl it sends them.
open("form").addEventListener("keydown", (event) => {
  if (!event.target.matches("textarea") || !sends(event, "ctrl_enter")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const { target } = event;
  if (target.closest("dialog [data-close]")) target.closest("dialog").close();
  for (const menu of document.querySelectorAll("details[data-menu][open], .rail-me[open]")) {
    if (!menu.contains(target) || target.closest(".menu button")) menu.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open], .rail-me[open]");
  menu?.removeAttribute("open");
  menu?.querySelector("summary").focus();
});
