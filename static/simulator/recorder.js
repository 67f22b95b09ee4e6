// Records the microphone and hands out a WAV file: every browser can make one, and every desk can play one.

const HERTZ = 16000;
const LONGEST_MS = 60000;
const SHORTEST_MS = 600;

export class Recorder {
  #recorder = null;
  #stream = null;
  #chunks = [];
  #began = 0;
  #timer = 0;

  // Raises when there is no microphone or the person says no. `onLimit` is called after a minute.
  async start(onLimit) {
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    this.#recorder = new MediaRecorder(this.#stream);
    this.#chunks = [];
    this.#recorder.ondataavailable = (event) => this.#chunks.push(event.data);
    this.#recorder.start();
    this.#began = performance.now();
    this.#timer = setTimeout(onLimit, LONGEST_MS);
  }

  // The recording as a WAV Blob, or null when it is too short to be meant.
  async stop() {
    clearTimeout(this.#timer);
    const recorder = this.#recorder;
    const lasted = performance.now() - this.#began;
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.stop();
    await stopped;
    for (const track of this.#stream.getTracks()) track.stop();
    if (lasted < SHORTEST_MS) return null;
    return toWav(await new Blob(this.#chunks).arrayBuffer());
  }
}

async function toWav(encoded) {
  const decoding = new AudioContext();
  const sound = await decoding.decodeAudioData(encoded);
  await decoding.close();
  const length = Math.min(Math.ceil(sound.duration * HERTZ), (HERTZ * LONGEST_MS) / 1000);
  const offline = new OfflineAudioContext(1, length, HERTZ);
  const source = new AudioBufferSourceNode(offline, { buffer: sound });
  source.connect(offline.destination);
  source.start();
  const samples = (await offline.startRendering()).getChannelData(0);
  return new Blob([header(samples.length), samples16(samples)], { type: "audio/wav" });
}

function samples16(samples) {
  const whole = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) whole[i] = Math.max(-1, Math.min(1, samples[i])) * 32767;
  return whole;
}

function header(count) {
  const view = new DataView(new ArrayBuffer(44));
  const write = (at, text) => [...text].forEach((character, i) => view.setUint8(at + i, character.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, HERTZ, true);
  view.setUint32(28, HERTZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, count * 2, true);
  return view.buffer;
}
