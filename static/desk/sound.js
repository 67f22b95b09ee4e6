// What the desk sounds like: a ring that repeats until somebody answers, a short drop for a message elsewhere, an alarm
// for what is due. Browsers let a page be heard only after it was touched; until then a button says so. Of several tabs
// only one rings. Each kind can be left out, and all are as loud as the agent likes.

import { preferences } from "./preferences.js";

const RING_EVERY_MS = 2600;
const RESTS_AFTER_MS = 10_000;
const enable = document.getElementById("sound");
let context;
let resting;
let alone = !navigator.locks; // without locks (no secure origin) every tab rings
let ringing;

export const isBlocked = () => !navigator.userActivation.hasBeenActive;
export const speaksForAll = () => alone;

navigator.locks?.request("desk-sound", () => {
  alone = true;
  return new Promise(() => {}); // held until the tab closes
});

const show = () => (enable.hidden = !isBlocked());

for (const touch of ["pointerup", "keyup"]) addEventListener(touch, show);
show();

// Only while something is to be heard: a device left open is two fifths of what an idle desk costs a computer.
async function open() {
  context ??= new AudioContext();
  clearTimeout(resting);
  resting = setTimeout(() => context.suspend(), RESTS_AFTER_MS);
  await context.resume();
}

function tone(frequency, at, length, loudness) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length);
}

// Of each note: frequency, when, how long, how loud.
const SOUNDS = {
  offer: [[784, 0, 0.35, 0.34], [1047, 0.16, 0.45, 0.34], [784, 0.6, 0.35, 0.27], [1047, 0.76, 0.45, 0.27]],
  message: [[880, 0, 0.18, 0.14]],
  due: [[988, 0, 0.22, 0.27], [740, 0.2, 0.3, 0.27], [988, 0.7, 0.22, 0.27], [740, 0.9, 0.3, 0.27]],
  colleague: [[659, 0, 0.16, 0.2], [880, 0.14, 0.24, 0.2]],
};

// As it would sound, whatever the agent wants to hear.
export async function sample(kind) {
  const volume = preferences.volume / 100;
  if (isBlocked() || !volume) return;
  await open();
  for (const [frequency, after, length, loudness] of SOUNDS[kind]) {
    tone(frequency, context.currentTime + after, length, loudness * volume);
  }
}

// Makes itself heard, unless another tab does or the agent wants to hear nothing of this kind.
export function hear(kind) {
  if (alone && preferences[`sound_${kind}`]) sample(kind);
}

export function keepRinging(on) {
  if (!on) ringing = clearInterval(ringing);
  else if (!ringing) {
    hear("offer");
    ringing = setInterval(() => hear("offer"), RING_EVERY_MS);
  }
}
