// The button that is held while speaking; sliding up and off it throws the recording away.

import { Recorder } from "./recorder.js";
import { say } from "./words.js";

// `send(wav)` takes a recording, `refuse(text)` shows why there is none.
export function holdToTalk({ hold, recording, "recording-words": words }, send, refuse) {
  let recorder = null;
  let thrown = false;
  let released = false;

  const begin = async () => {
    if (recorder) return;
    recorder = new Recorder();
    released = thrown = false;
    try {
      await recorder.start(() => end());
    } catch {
      recorder = null;
      refuse(say("no_microphone"));
      return;
    }
    if (released) return end();
    recording.hidden = false;
    show();
  };

  const show = () => {
    hold.classList.add("is-held");
    words.textContent = say(thrown ? "release_to_cancel" : "release_to_send");
    recording.classList.toggle("is-thrown", thrown);
  };

  const end = async () => {
    released = true;
    const ended = recorder;
    if (!ended || recording.hidden) return;
    recorder = null;
    recording.hidden = true;
    hold.classList.remove("is-held");
    const wav = await ended.stop();
    if (thrown) return;
    if (wav) send(wav);
    else refuse(say("too_short"));
  };

  hold.addEventListener("pointerdown", (event) => {
    hold.setPointerCapture(event.pointerId);
    begin();
  });
  hold.addEventListener("pointermove", (event) => {
    const off = event.clientY < hold.getBoundingClientRect().top - 40;
    if (recorder && !recording.hidden && off !== thrown) {
      thrown = off;
      show();
    }
  });
  for (const name of ["pointerup", "pointercancel"]) hold.addEventListener(name, end);
  hold.addEventListener("keydown", (event) => {
    if (event.key === " " && !event.repeat) begin();
  });
  hold.addEventListener("keyup", (event) => {
    if (event.key === " ") end();
  });
}
