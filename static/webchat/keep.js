// What outlives this page: who the visitor is and how far they have read, for all their tabs; what this tab has written
// and not sent. Some browsers let a frame on another site keep nothing: then the page around keeps it for us.

import { facts } from "./facts.js";
import * as host from "./host.js";

const ANSWERED_WITHIN_MS = 3_000;
const prefix = `desk-webchat-${facts.account}-`;
const memory = new Map();
const mayKeep = (() => {
  try {
    return Boolean(window.localStorage && window.sessionStorage);
  } catch {
    return false;
  }
})();

// Resolves when it is known what was kept.
export const ready = mayKeep || !host.isEmbedded() ? Promise.resolve() : askHost();

function askHost() {
  return new Promise((resolve) => {
    host.hear(({ kept }) => {
      for (const [name, value] of Object.entries(kept ?? {})) memory.set(name, value);
      if (kept) resolve();
    });
    host.tell({ want: true });
    setTimeout(resolve, ANSWERED_WITHIN_MS);
  });
}

const read = (store, name) => (mayKeep ? window[store].getItem(prefix + name) : memory.get(name)) ?? "";

function write(store, name, value) {
  memory.set(name, value);
  if (!mayKeep) return host.tell({ keep: [store, name, value] });
  try {
    window[store].setItem(prefix + name, value);
  } catch {
    // no room left: this page remembers
  }
}

export const token = () => read("localStorage", "token");
export const keepToken = (value) => value !== token() && write("localStorage", "token", value);

export const readUpTo = () => Number(read("localStorage", "read")) || 0;
export const keepReadUpTo = (seq) => seq > readUpTo() && write("localStorage", "read", String(seq));

export const draft = () => read("sessionStorage", "draft");
export const keepDraft = (text) => text !== draft() && write("sessionStorage", "draft", text);

export function outbox() {
  try {
    return JSON.parse(read("sessionStorage", "outbox") || "[]");
  } catch {
    return [];
  }
}
export const keepOutbox = (items) => write("sessionStorage", "outbox", JSON.stringify(items));

// Another tab has learned who the visitor is, or has read further.
export function onElsewhere(news) {
  addEventListener("storage", ({ key }) => key?.startsWith(prefix) && news[key.slice(prefix.length)]?.());
  host.hear(({ kept }) => Object.keys(kept ?? {}).forEach((name) => news[name]?.()));
}
