// Writing on the phone: text, emoji, files, voice. Enter sends, Shift+Enter breaks the line, never inside an IME.

import { make } from "./dom.js";
import { holdToTalk } from "./hold_to_talk.js";

const EMOJI = [..."😀😄😁😅😂🙂😉😊😍😘😜🤔😐😏😒😔😢😭😡😱😴😷👍👎👌🙏👏💪🤝👋❤💔🎉🌹☕🎂✅❌❓💳"];

// `act(act)` and `sendFile(kind, file)` do what the user does; `refuse(text)` shows why something cannot be done.
export class Composer {
  #parts;
  #act;

  constructor(parts, { act, sendFile, refuse }) {
    this.#parts = parts;
    this.#act = act;
    this.#fillEmoji();
    parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    parts.text.addEventListener("input", () => this.#fit());
    parts.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#send();
    });
    parts.text.addEventListener("paste", (event) => {
      const image = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
      if (image) sendFile("image", image);
    });
    for (const name of ["emoji", "more"]) parts[name].addEventListener("click", () => this.#toggle(name));
    parts.voice.addEventListener("click", () => this.#speak(parts.hold.hidden));
    for (const input of parts["more-panel"].querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        if (input.files[0]) sendFile(input.dataset.kind, input.files[0]);
        input.value = "";
        this.close();
      });
    }
    for (const label of parts["more-panel"].querySelectorAll("label.thing")) {
      label.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") label.querySelector("input").click();
      });
    }
    holdToTalk(parts, (wav) => sendFile("voice", wav, "voice.wav"), refuse);
  }

  close() {
    for (const name of ["emoji", "more"]) this.#toggle(name, false);
  }

  #send() {
    const content = this.#parts.text.value.trim();
    if (!content) return;
    this.#parts.text.value = "";
    this.#fit();
    this.#act({ type: "text", content }).then((done) => {
      // What could not be sent is given back, unless something else has been begun.
      if (!done && !this.#parts.text.value) this.#parts.text.value = content;
      this.#fit();
    });
  }

  #fit() {
    const { text, send, more } = this.#parts;
    text.style.blockSize = "auto";
    text.style.blockSize = `${Math.min(text.scrollHeight + 2, 92)}px`;
    send.hidden = !text.value.trim();
    more.hidden = !send.hidden;
  }

  #toggle(name, open = this.#parts[`${name}-panel`].hidden) {
    if (open) this.close();
    this.#parts[`${name}-panel`].hidden = !open;
    this.#parts[name].setAttribute("aria-expanded", String(open));
  }

  #speak(speaking) {
    const { hold, text, voice } = this.#parts;
    hold.hidden = !speaking;
    text.hidden = speaking;
    voice.classList.toggle("is-on", speaking);
    if (!speaking) text.focus();
  }

  #fillEmoji() {
    const write = (emoji) => {
      const { text } = this.#parts;
      text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
      this.#fit();
    };
    this.#parts["emoji-panel"].replaceChildren(
      ...EMOJI.map((emoji) => make("button", { type: "button", onclick: () => write(emoji) }, emoji)),
    );
  }
}
