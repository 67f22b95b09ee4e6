// What outlives this page: who the visitor is and how far they have read, for all their tabs; what this tab has written
// and not sent. A browser that forbids frames to keep anything is asked again and again in vain: then the page remembers.

import { facts } from "./facts.js";

const prefix = `desk-webchat-${facts.account}-`;
const memory = new Map();

function read(store, name) {
  try {
    return window[store].getItem(prefix + name) ?? memory.get(name) ?? "";
  } catch {
    return memory.get(name) ?? "";
  }
}

function write(store, name, value) {
  memory.set(name, value);
  try {
    window[store].setItem(prefix + name, value);
  } catch {
    // kept in memory
  }
}

export const token = () => read("localStorage", "token");
export const keepToken = (value) => value !== token() && write("localStorage", "token", value);

export const readUpTo = () => Number(read("localStorage", "read")) || 0;
export const keepReadUpTo = (seq) => seq > readUpTo() && write("localStorage", "read", String(seq));

export const draft = () => read("sessionStorage", "draft");
export const keepDraft = (text) => write("sessionStorage", "draft", text);

export function outbox() {
  try {
    return JSON.parse(read("sessionStorage", "outbox") || "[]");
  } catch {
    return [];
  }
}
export const keepOutbox = (items) => write("sessionStorage", "outbox", JSON.stringify(items));

// Another tab has learned who the visitor is, or has read further.
export function onElsewhere({ token: newToken, read: newRead }) {
  addEventListener("storage", ({ key }) => {
    if (key === `${prefix}token`) newToken();
    if (key === `${prefix}read`) newRead();
  });
}
