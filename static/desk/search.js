// Finding customers and sessions: the field asks by itself (htmx); here it opens, and what was found is walked.

import { sheet } from "./sheet.js";

const dialog = document.getElementById("dialog-search");
const field = dialog.querySelector("input");
const styled = sheet("search");

export async function openSearch() {
  await styled;
  if (!dialog.open) dialog.showModal();
  field.select();
}

dialog.addEventListener("keydown", (event) => {
  const all = [...dialog.querySelectorAll("[data-open]")];
  if (event.key === "Enter" && event.target === field && !event.isComposing) {
    event.preventDefault();
    return all[0]?.click();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.isComposing) return;
  event.preventDefault();
  const at = all.indexOf(event.target) + step;
  (at < 0 ? field : all[Math.min(at, all.length - 1)])?.focus();
});

dialog.addEventListener("click", ({ target }) => {
  if (target === dialog || target.closest("[data-open]")) dialog.close();
});
