// Words typed while the chat that they are meant for is on its way: they wait for it, and go to nobody else.

import { draftOf, keepDraft } from "./drafts.js";

let whose = "";
let words = "";

export function hold(session) {
  if (whose !== session) release();
  whose = session;
}

// The chat is here; or it will not come: then they are its draft.
export function release() {
  if (words) keepDraft(whose, "text", draftOf(whose).text + words);
  whose = words = "";
}

// Whether it was such a letter; nothing else gets it then.
export function takes(event) {
  const { key, ctrlKey, altKey, metaKey } = event;
  if (!whose || key?.length !== 1 || ctrlKey || altKey || metaKey || document.activeElement !== document.body) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  words += key;
  return true;
}
