// Voices in the chat: one plays at a time, at the speed one likes, from where one likes; those not heard yet have a dot.

import { toast } from "../toasts.js";
import { duration } from "./clocks.js";
import { say } from "./facts.js";

const SPEEDS = [1, 1.5, 2];
const HEARD_KEPT = 500;
const workspace = document.getElementById("workspace");
const heard = new Set(JSON.parse(localStorage.getItem("desk-heard") ?? "[]"));
let speed = Number(localStorage.getItem("desk-speed")) || 1;

const audios = () => [...workspace.querySelectorAll("[data-voice] audio")];
const lengthOf = (audio) => (Number.isFinite(audio.duration) ? audio.duration : Number(audio.dataset.length) / 1000);

export function press(target) {
  const voice = target.closest("[data-voice]");
  const audio = voice.querySelector("audio");
  if (target.closest(".voice-speed")) {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    localStorage.setItem("desk-speed", speed);
    for (const each of audios()) each.playbackRate = speed;
    dress(workspace);
  } else if (target.closest(".voice-play")) {
    if (!audio.paused) return audio.pause();
    for (const other of audios()) if (other !== audio) other.pause();
    audio.playbackRate = speed;
    audio.play().then(() => hear(voice), () => toast(say("voice_unplayable"), { danger: true }));
  }
}

workspace.addEventListener("input", ({ target }) => {
  if (!target.matches(".voice-bar")) return;
  const audio = target.parentElement.querySelector("audio");
  audio.currentTime = target.value;
  show(audio);
});

function hear(voice) {
  heard.add(voice.dataset.voice);
  localStorage.setItem("desk-heard", JSON.stringify([...heard].slice(-HEARD_KEPT)));
  dress(voice.parentElement);
}

// Speeds and dots of what was just put on the page.
function dress(root) {
  for (const rate of root.querySelectorAll(".voice-rate")) rate.textContent = `${speed}×`;
  for (const dot of root.querySelectorAll(".voice-unheard")) dot.hidden = heard.has(dot.parentElement.dataset.voice);
}

function show(audio) {
  const voice = audio.parentElement;
  const [bar, play, length] = [voice.querySelector(".voice-bar"), voice.querySelector(".voice-play"), lengthOf(audio)];
  if (length) bar.max = length;
  bar.value = audio.currentTime;
  bar.setAttribute("aria-valuetext", duration(audio.currentTime * 1000));
  if (length) voice.querySelector(".voice-time").textContent = duration((length - audio.currentTime) * 1000);
  voice.toggleAttribute("data-playing", !audio.paused);
  play.setAttribute("aria-label", audio.paused ? play.dataset.play : play.dataset.pause);
}

for (const change of ["loadedmetadata", "play", "pause", "timeupdate", "seeked", "ended"]) {
  workspace.addEventListener(change, ({ target }) => {
    if (!target.parentElement?.matches("[data-voice]")) return;
    if (change === "ended") target.currentTime = 0;
    show(target);
  }, { capture: true });
}

document.addEventListener("desk:placed", ({ detail }) => detail.forEach(dress));
document.addEventListener("desk:shown", ({ detail }) => dress(detail));
dress(workspace);
