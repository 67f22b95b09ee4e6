// Speaking instead of writing. Browsers record in formats that no phone plays, so what was recorded is decoded and
// kept as a plain WAV, 16 kHz and one channel, which every door takes.

import { duration } from "./clocks.js";
import { say } from "./facts.js";
import { fits } from "./given_files.js";
import { sendsLeft } from "./quota.js";
import { sheet } from "./sheet.js";
import { sendFile } from "./uploads.js";

const LONGEST_MS = 59_000;
const RATE = 16_000;

const dialog = document.getElementById("dialog-voice");
const panel = dialog.querySelector(".recorder");
const button = dialog.querySelector("[data-record]");
const words = button.querySelector("span");
const time = dialog.querySelector(".recorder-time");
const player = dialog.querySelector("audio");
const confirm = dialog.querySelector("[data-confirm]");
const complaint = dialog.querySelector(".complaint");
sheet("dialogs");
let session = "";
let recording = null;
let recorded = null;

export function openRecorder(forSession) {
  session = forSession;
  reset();
  const possible = Boolean(window.MediaRecorder && navigator.mediaDevices);
  button.disabled = !possible;
  complain(possible ? "" : say("no_microphone"));
  dialog.querySelector("[data-last]").hidden = sendsLeft(session) !== 1;
  dialog.showModal();
}

function reset() {
  recorded = null;
  confirm.disabled = true;
  player.hidden = true;
  panel.dataset.state = "ready";
  words.textContent = say("record");
  time.textContent = duration(0);
  complain("");
}

function complain(text) {
  complaint.textContent = text;
  complaint.hidden = !text;
}

async function start() {
  reset();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return complain(say("no_microphone"));
  }
  const chunks = [];
  const recorder = new MediaRecorder(stream);
  const began = Date.now();
  const ticking = setInterval(() => {
    time.textContent = duration(Date.now() - began);
    if (Date.now() - began >= LONGEST_MS) recorder.stop();
  }, 200);
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  recorder.onstop = async () => {
    clearInterval(ticking);
    stream.getTracks().forEach((track) => track.stop());
    recording = null;
    if (dialog.open) await keep(new Blob(chunks));
  };
  recording = recorder;
  recorder.start();
  panel.dataset.state = "recording";
  words.textContent = say("stop");
}

async function keep(blob) {
  panel.dataset.state = "done";
  words.textContent = say("record_again");
  try {
    recorded = await toWav(blob);
  } catch {
    return complain(say("no_microphone"));
  }
  player.src = URL.createObjectURL(recorded);
  player.hidden = false;
  confirm.disabled = false;
}

async function toWav(blob) {
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  const context = new OfflineAudioContext(1, Math.ceil(decoded.duration * RATE), RATE);
  const source = context.createBufferSource();
  source.buffer = decoded;
  source.connect(context.destination);
  source.start();
  const samples = (await context.startRendering()).getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => view.setInt16(44 + i * 2, Math.max(-1, Math.min(1, sample)) * 0x7fff, true));
  return new File([view], "voice.wav", { type: "audio/wav" });
}

button.addEventListener("click", () => (recording ? recording.stop() : start()));
confirm.addEventListener("click", () => {
  const file = recorded;
  dialog.close();
  if (file && fits(file, "voice")) sendFile(session, file, say("voice"));
});
dialog.addEventListener("close", () => {
  recording?.stop();
  player.pause();
  URL.revokeObjectURL(player.src);
  player.removeAttribute("src");
});
