// What the desk sounds like: a ring that repeats until somebody answers, a short drop for a message elsewhere.
// Browsers let a page be heard only after it was touched; until then a button says so. Of several tabs only one rings.

const RING_EVERY_MS = 2600;
const enable = document.getElementById("sound");
let context;
let alone = !navigator.locks; // without locks (no secure origin) every tab rings
let ringing;

navigator.locks?.request("desk-sound", () => {
  alone = true;
  return new Promise(() => {}); // held until the tab closes
});

function wake() {
  context ??= new AudioContext();
  context.resume().then(show, () => {});
  show();
}

function show() {
  enable.hidden = context?.state === "running" || navigator.userActivation?.hasBeenActive === true;
}

for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { once: true });
show();

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

function play(notes) {
  if (!alone || context?.state !== "running") return;
  for (const [frequency, after, length, loudness] of notes) tone(frequency, context.currentTime + after, length, loudness);
}

const ring = () => play([[784, 0, 0.35, 0.2], [1047, 0.16, 0.45, 0.2], [784, 0.6, 0.35, 0.16], [1047, 0.76, 0.45, 0.16]]);

export function drop() {
  play([[880, 0, 0.18, 0.08]]);
}

// Something is due: twice, and more urgent than a drop.
export function alarm() {
  play([[988, 0, 0.22, 0.16], [740, 0.2, 0.3, 0.16], [988, 0.7, 0.22, 0.16], [740, 0.9, 0.3, 0.16]]);
}

export function keepRinging(on) {
  if (!on) ringing = clearInterval(ringing);
  else if (!ringing) {
    ring();
    ringing = setInterval(ring, RING_EVERY_MS);
  }
}
