// A voice message: tap to play, tap again to stop; one sounds at a time.

import { icon, make } from "./dom.js";
import { say } from "./words.js";

const UNPLAYABLE = new Set(["amr"]);

let sounding = null;

export function voiceBubble(url, { sounds_ms: soundsMs = 0, format = "" }) {
  const length = make("span", { class: "voice-length" });
  const bars = make("span", { class: "voice-bars" }, make("i"), make("i"), make("i"), make("i"));
  const button = make("button", { class: "voice", type: "button" }, icon("play"), bars, length);
  button.setAttribute("aria-label", say("play"));
  const audio = new Audio();
  const showLength = (seconds) => {
    const whole = Math.max(1, Math.round(seconds));
    length.textContent = `${whole}″`;
    bars.style.inlineSize = `${Math.min(34 + whole * 3, 130)}px`;
  };
  if (soundsMs) showLength(soundsMs / 1000);
  audio.addEventListener("loadedmetadata", () => Number.isFinite(audio.duration) && showLength(audio.duration));
  audio.addEventListener("play", () => button.classList.add("is-playing"));
  for (const end of ["pause", "ended"]) audio.addEventListener(end, () => button.classList.remove("is-playing"));
  const giveUp = () => button.replaceWith(download(url, format, length));
  if (UNPLAYABLE.has(format)) return download(url, format, length);
  audio.addEventListener("error", giveUp);
  audio.preload = "metadata";
  audio.src = url;
  button.addEventListener("click", () => toggle(audio));
  return button;
}

function toggle(audio) {
  if (!audio.paused) {
    audio.pause();
    audio.currentTime = 0;
    return;
  }
  sounding?.pause();
  sounding = audio;
  audio.play().catch(() => {});
}

function download(url, format, length) {
  const name = (format || "amr").toUpperCase();
  const link = make("a", { class: "voice", href: url, download: "" }, icon("mic"), `${name} `, length);
  link.title = say("unplayable", { format: name });
  return link;
}
