// Images and voices on their way in: chosen, pasted or dropped. An image is shown before it goes, because a pasted
// one goes to a customer and cannot be called back.

import { toast } from "../toasts.js";
import { say } from "./facts.js";
import { sendFile } from "./outgoing.js";

const MEBIBYTE = 1024 * 1024;
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/bmp"];
const LIMITS = { image: 2 * MEBIBYTE, voice: 5 * MEBIBYTE };

const workspace = document.getElementById("workspace");
const dialog = document.getElementById("dialog-image");
const preview = dialog.querySelector("img");
const picks = { image: document.getElementById("pick-image"), voice: document.getElementById("pick-voice") };
let session = "";
let waiting = null;

const openSession = () => workspace.querySelector('[data-form="composer"]')?.dataset.session ?? "";

export function fits(file, kind) {
  if (file.size <= LIMITS[kind]) return true;
  toast(say(`${kind}_too_large`), { danger: true });
  return false;
}

function offerImage(file) {
  if (!IMAGES.includes(file.type)) return toast(say("not_media"), { danger: true });
  if (!fits(file, "image")) return;
  session = openSession();
  if (!session) return;
  waiting = file;
  preview.src = URL.createObjectURL(file);
  dialog.querySelector("[data-size]").textContent = `${file.name} · ${Math.max(1, Math.round(file.size / 1024))} KB`;
  dialog.showModal();
  dialog.querySelector("[data-confirm]").focus();
}

dialog.querySelector("[data-confirm]").addEventListener("click", () => {
  const file = waiting;
  dialog.close();
  sendFile(session, file, say("image"));
});
dialog.addEventListener("close", () => {
  URL.revokeObjectURL(preview.src);
  preview.removeAttribute("src");
  waiting = null;
});

document.addEventListener("click", ({ target }) => {
  const pick = target.closest?.("[data-pick]");
  if (!pick) return;
  picks[pick.dataset.pick].value = "";
  picks[pick.dataset.pick].click();
});
picks.image.addEventListener("change", () => picks.image.files[0] && offerImage(picks.image.files[0]));
picks.voice.addEventListener("change", () => {
  const [file] = picks.voice.files;
  if (!file || !fits(file, "voice") || !openSession()) return;
  document.getElementById("dialog-voice").close();
  sendFile(openSession(), file, say("voice"));
});

workspace.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
  if (!file || !event.target.closest('[data-form="composer"]')) return;
  event.preventDefault();
  offerImage(file);
});

const dropZone = (event) => event.dataTransfer?.types.includes("Files") && workspace.querySelector('[data-form="composer"]');
workspace.addEventListener("dragover", (event) => {
  const zone = dropZone(event);
  if (!zone) return;
  event.preventDefault();
  zone.dataset.dropping = "";
});
workspace.addEventListener("dragleave", (event) => {
  if (!workspace.contains(event.relatedTarget)) delete dropZone(event)?.dataset.dropping;
});
workspace.addEventListener("drop", (event) => {
  const zone = dropZone(event);
  if (!zone) return;
  event.preventDefault();
  delete zone.dataset.dropping;
  if (event.dataTransfer.files[0]) offerImage(event.dataTransfer.files[0]);
});
