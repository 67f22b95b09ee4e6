// Images and voices on their way in: chosen, pasted or dropped. Images are shown before they go, because a pasted one goes
// to a customer and cannot be called back.

import { toast } from "../toasts.js";
import { say } from "./facts.js";

const MEBIBYTE = 1024 * 1024;
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/bmp"];
const LIMITS = { image: 2 * MEBIBYTE, voice: 5 * MEBIBYTE };

const workspace = document.getElementById("workspace");
const picks = { image: document.getElementById("pick-image"), voice: document.getElementById("pick-voice") };

const composer = () => workspace.querySelector('[data-form="composer"]');
const openSession = () => composer()?.dataset.session ?? "";
const complain = (word, file) => toast(say(word, { name: file.name }), { danger: true });

const notLoaded = () => toast(say("load_failed"), { danger: true });
setTimeout(() => import("./images.js").catch(() => {}), 10_000); // there before the line breaks

export function fits(file, kind) {
  if (file.size <= LIMITS[kind]) return true;
  complain(`${kind}_too_large`, file);
  return false;
}

function offerImages(files) {
  const images = [...files].filter((file) => IMAGES.includes(file.type) || complain("not_media", file)).filter((file) => fits(file, "image"));
  const session = openSession();
  if (!images.length || !session) return;
  import("./images.js").then(({ offer }) => offer(session, images)).catch(notLoaded);
}

document.addEventListener("click", ({ target }) => {
  const pick = target.closest?.("[data-pick]");
  if (!pick) return;
  picks[pick.dataset.pick].value = "";
  picks[pick.dataset.pick].click();
});
picks.image.addEventListener("change", () => offerImages(picks.image.files));
picks.voice.addEventListener("change", () => {
  const [file] = picks.voice.files;
  if (!file || !fits(file, "voice") || !openSession()) return;
  document.getElementById("dialog-voice").close();
  const session = openSession();
  import("./uploads.js").then(({ sendFile }) => sendFile(session, file, say("voice")), notLoaded);
});

// A program that copies text often puts a picture of it beside it: then it is the text that is meant.
workspace.addEventListener("paste", (event) => {
  const { files = [], types = [] } = event.clipboardData ?? {};
  if (!files.length || types.includes("text/plain") || !event.target.closest('[data-form="composer"]')) return;
  event.preventDefault();
  if (mayTake()) offerImages(files);
});

const mayTake = () => composer()?.querySelector('[data-pick="image"]').disabled === false;
const dropZone = (event) => event.dataTransfer?.types.includes("Files") && composer();
workspace.addEventListener("dragover", (event) => {
  const zone = dropZone(event);
  if (!zone) return;
  event.preventDefault();
  if (mayTake()) zone.dataset.dropping = "";
  else event.dataTransfer.dropEffect = "none";
});
workspace.addEventListener("dragleave", (event) => {
  if (!workspace.contains(event.relatedTarget)) delete dropZone(event)?.dataset.dropping;
});
workspace.addEventListener("drop", (event) => {
  const zone = dropZone(event);
  if (!zone) return;
  event.preventDefault();
  delete zone.dataset.dropping;
  if (mayTake()) offerImages(event.dataTransfer.files);
});
