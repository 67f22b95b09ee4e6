// Images and voices on their way in: chosen, pasted or dropped. What becomes of them is loaded with the first.

import { early, load, wanted } from "./later.js";

const workspace = document.getElementById("workspace");
const picks = { image: document.getElementById("pick-image"), voice: document.getElementById("pick-voice") };

const composer = () => workspace.querySelector('[data-form="composer"]');
const mayTake = () => composer()?.querySelector('[data-pick="image"]').disabled === false;

// `files` is read now: what a browser hands over does not outlive its event.
function give(files, act) {
  const session = composer()?.dataset.session;
  const given = [...files];
  if (!session || !given.length) return;
  wanted(load("given_files"), (module) => act(module, session, given));
}

setTimeout(() => early(load("given_files")), 10_000); // to be there when the line breaks

const offer = (files) => give(files, ({ offerImages }, session, given) => offerImages(session, given));

document.addEventListener("click", ({ target }) => {
  const pick = target.closest?.("[data-pick]");
  if (!pick) return;
  picks[pick.dataset.pick].value = "";
  picks[pick.dataset.pick].click();
});
picks.image.addEventListener("change", () => offer(picks.image.files));
picks.voice.addEventListener("change", () => give(picks.voice.files, ({ sendVoice }, session, [file]) => sendVoice(session, file)));

// A program that copies text often puts a picture of it beside it: then it is the text that is meant.
workspace.addEventListener("paste", (event) => {
  const { files = [], types = [] } = event.clipboardData ?? {};
  if (!files.length || types.includes("text/plain") || !event.target.closest('[data-form="composer"]')) return;
  event.preventDefault();
  if (mayTake()) offer(files);
});

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
  if (mayTake()) offer(event.dataTransfer.files);
});
