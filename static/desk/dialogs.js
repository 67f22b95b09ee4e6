// Everything that asks before it acts: transfer, hang-up, the cheat sheet. Esc and "cancel" close; a click on the veil, too.

import { fetchFragment } from "./pieces.js";

const open = (name) => document.getElementById(`dialog-${name}`);

export const isOpen = () => document.querySelector("dialog[open]") !== null;

export const showKeys = () => open("keys").showModal();

export async function showTransfer(session) {
  await fetchFragment(`/desk/sessions/${session}/transfer`, (html) => {
    document.getElementById("transfer-body").innerHTML = html;
  });
  open("transfer").showModal();
  open("transfer").querySelector(".transfer-search").focus();
}

export function closeTransfer() {
  open("transfer").close();
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

open("transfer").addEventListener("input", ({ target }) => {
  if (!target.matches(".transfer-search")) return;
  const wanted = target.value.trim().toLowerCase();
  for (const row of open("transfer").querySelectorAll(".target")) {
    row.hidden = wanted !== "" && !row.dataset.words.toLowerCase().includes(wanted);
  }
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
