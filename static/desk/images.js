// Images before they go: all of them to be looked at, each to be left out again. They go one after another, in this order.

import { focusComposer } from "./composer.js";
import { say } from "./facts.js";
import { sendsLeft } from "./quota.js";
import { sheet } from "./sheet.js";
import { sendFile } from "./uploads.js";

const dialog = document.getElementById("dialog-image");
const list = dialog.querySelector(".image-previews");
const confirm = dialog.querySelector("[data-confirm]");
sheet("dialogs");
let session = "";
let waiting = [];

export function offer(to, images) {
  session = to;
  waiting = images;
  list.replaceChildren(...images.map(preview));
  count();
  dialog.showModal();
  confirm.focus();
}

function preview(file) {
  const item = document.createElement("li");
  const [image, name, remove] = ["img", "span", "button"].map((kind) => document.createElement(kind));
  image.src = URL.createObjectURL(file);
  image.alt = file.name;
  image.onload = () => URL.revokeObjectURL(image.src);
  name.className = "small quiet truncate";
  name.textContent = `${file.name} · ${Math.max(1, Math.round(file.size / 1024))} KB`;
  remove.type = "button";
  remove.className = "link-button small";
  remove.textContent = say("remove");
  remove.setAttribute("aria-label", `${say("remove")} ${file.name}`);
  remove.addEventListener("click", () => {
    waiting = waiting.filter((each) => each !== file);
    item.remove();
    if (!waiting.length) return dialog.close();
    count();
    confirm.focus();
  });
  item.append(image, name, remove);
  return item;
}

function count() {
  const left = sendsLeft(session);
  const words = dialog.querySelector("[data-size]");
  words.textContent = waiting.length > left ? say("images_too_many", { n: waiting.length, left }) : say("images_take", { n: waiting.length });
  words.classList.toggle("complaint", waiting.length > left);
  confirm.disabled = waiting.length > left;
  dialog.querySelector("[data-last]").hidden = waiting.length !== left;
}

confirm.addEventListener("click", () => {
  const images = waiting;
  dialog.close();
  focusComposer();
  for (const file of images) sendFile(session, file, say("image"));
});
