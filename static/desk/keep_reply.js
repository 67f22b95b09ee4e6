// Keeping what was written, or said, as a canned reply of one's own: a form that is ready to be saved.

import { toast } from "../toasts.js";
import { closeForm, showForm } from "./dialogs.js";

const TITLE_LENGTH = 12;

export async function keepReply(said = document.querySelector(".composer-text").value) {
  await showForm("/replies/dialog");
  const dialog = document.getElementById("dialog-form");
  const { title, text } = dialog.querySelector("form").elements;
  text.value = said.trim();
  title.value = text.value.split(/[\p{P}\s]+/u).find(Boolean)?.slice(0, TITLE_LENGTH) ?? "";
  htmx.process(dialog);
  (text.value ? title : text).focus();
  if (text.value) title.select();
}

document.addEventListener("desk:kept", ({ detail }) => {
  closeForm();
  toast(detail.words);
});
