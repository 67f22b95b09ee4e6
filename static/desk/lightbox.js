// Pictures and videos of the open chat, large: the one before and after by arrows, full size by a click or `z`, the
// original in a tab of its own. Fetched when the first one is looked at.

import { sheet } from "./sheet.js";

const workspace = document.getElementById("workspace");
const dialog = document.getElementById("dialog-lightbox");
const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
const dressed = sheet("lightbox");
let shots = [];
let at = 0;

export async function view(shot) {
  await dressed;
  shots = [...workspace.querySelectorAll("[data-view]")];
  show(shots.indexOf(shot));
  dialog.showModal();
}

function show(number) {
  at = number;
  const { view: kind, media } = shots[at].dataset;
  const address = `/media/${media}`;
  clear();
  const [image, video] = [part("image"), part("video")];
  image.hidden = kind !== "image";
  video.hidden = kind !== "video";
  if (kind === "image") image.src = address;
  else {
    video.src = address;
    video.poster = `${address}?as=poster`;
  }
  part("original").href = part("download").href = address;
  part("count").textContent = `${at + 1} / ${shots.length}`;
  part("previous").disabled = at === 0;
  part("next").disabled = at === shots.length - 1;
}

function clear() {
  delete dialog.dataset.full;
  for (const name of ["image", "video"]) part(name).removeAttribute("src");
  part("video").load();
}

const step = (by) => shots[at + by] && show(at + by);
const zoom = () => part("image").hidden || dialog.toggleAttribute("data-full");

dialog.addEventListener("click", ({ target }) => {
  if (target === dialog || target.matches(".lightbox-stage")) dialog.close();
  else if (target.closest('[data-part="previous"]')) step(-1);
  else if (target.closest('[data-part="next"]')) step(1);
  else if (target.closest('[data-part="image"], [data-part="zoom"]')) zoom();
});

dialog.addEventListener("keydown", (event) => {
  if (event.target.matches("video")) return; // arrows seek there
  const act = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), z: zoom }[event.key];
  if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  act();
});

dialog.addEventListener("close", () => {
  clear();
  shots[at]?.focus({ preventScroll: true });
});
