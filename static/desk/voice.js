// Voices in the chat: one plays at a time, at the speed one likes, and the bar shows how far it is.

import { toast } from "../toasts.js";
import { duration } from "./clocks.js";
import { say } from "./facts.js";

const SPEEDS = [1, 1.5, 2];
const workspace = document.getElementById("workspace");
let speed = 1;

const partsOf = (voice) => ({
  audio: voice.querySelector("audio"),
  bar: voice.querySelector("progress"),
  time: voice.querySelector(".voice-time"),
  play: voice.querySelector(".voice-play"),
});

workspace.addEventListener("click", ({ target }) => {
  const voice = target.closest("[data-voice]");
  if (!voice) return;
  const { audio } = partsOf(voice);
  if (target.closest(".voice-speed")) {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    for (const each of workspace.querySelectorAll(".voice-speed")) each.textContent = `${speed}×`;
    for (const each of workspace.querySelectorAll("[data-voice] audio")) each.playbackRate = speed;
  } else if (target.closest(".voice-play")) {
    if (!audio.paused) return audio.pause();
    for (const other of workspace.querySelectorAll("[data-voice] audio")) if (other !== audio) other.pause();
    audio.playbackRate = speed;
    audio.play().catch(() => toast(say("voice_unplayable"), { danger: true }));
  }
});

function show(audio) {
  const { bar, time, play } = partsOf(audio.parentElement);
  const length = Number.isFinite(audio.duration) ? audio.duration : Number(audio.dataset.length) / 1000;
  bar.value = length ? audio.currentTime / length : 0;
  const left = audio.paused && !audio.currentTime ? length : length - audio.currentTime;
  if (length) time.textContent = duration(left * 1000);
  audio.parentElement.toggleAttribute("data-playing", !audio.paused);
  play.setAttribute("aria-label", audio.paused ? play.dataset.play : play.dataset.pause);
}

for (const change of ["loadedmetadata", "play", "pause", "timeupdate", "ended"]) {
  workspace.addEventListener(change, ({ target }) => {
    if (!target.parentElement?.matches("[data-voice]")) return;
    if (change === "ended") target.currentTime = 0;
    show(target);
  }, { capture: true });
}
