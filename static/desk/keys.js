// The desk by keyboard. Letters are taken by their place on the keyboard (`code`), because Alt types other characters.

import { isOpen, showKeys } from "./dialogs.js";

const typing = (target) => target.matches("input, textarea, select, [contenteditable]");

// `acts`: what each key does, by `event.code`; those of Alt, and Ctrl+Shift+T for the transfer.
export function listen(acts) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (plain && event.key === "?" && !typing(event.target) && !isOpen()) {
      event.preventDefault();
      return showKeys();
    }
    const transfer = event.ctrlKey && event.shiftKey && event.code === "KeyT";
    const act = transfer ? acts.KeyT : event.altKey && !event.ctrlKey && !event.metaKey && acts[event.code];
    if (!act || isOpen()) return;
    event.preventDefault();
    act();
  });
}
