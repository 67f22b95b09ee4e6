// What was said and is not answered for yet. Usually that takes milliseconds and nobody sees it; while the line is
// down it shows below the chat. What follows a file waits for it (`uploads.js`), so that the customer reads things in
// order. A refused text returns to the composer: no words are ever lost.

import { toast } from "../toasts.js";
import { draft, keepDraft } from "./drafts.js";
import { say } from "./facts.js";
import { load } from "./later.js";
import { hasRow } from "./list.js";
import { forget, keep, left } from "./outbox.js";
import { preferences } from "./preferences.js";

const WONDER_AFTER_MS = 350;

let line;
let last = 0;
const items = new Map(); // session → elements, which outlive the chat they are shown in
const files = new Map(); // session → the upload that what is said next has to wait for

export function useLine(socket) {
  line = socket;
  const entries = left();
  if (entries.length) sendLeft(entries);
}

function sendLeft(entries) {
  const again = () => document.addEventListener("desk:connected", () => sendLeft(entries), { once: true });
  load("leftovers").then(({ goOn }) => goOn(entries), again);
}

// A message goes out not before there was time to want it back. What it may say more: the `canned` replies that its
// words were made of, or the message that failed and that it `resends`.
export const toCustomer = (session, more) => ({ do: "send", session, ...(preferences.undo_s && { hold_s: preferences.undo_s }), ...more });

export const sendText = (session, text, more) => deliver(made(toCustomer(session, { text, ...more })));

export const sendNote = (session, text, mentions) => deliver(made({ do: "note", session, text, mentions }));

export const sendMedia = (session, media, more) => deliver(made(toCustomer(session, { media, ...more })));

export const recall = (session, message) => line.send({ do: "recall", session, message });

export const opened = () => line.opened();

// How many wait, and whether something failed that only this page still has.
export const waiting = () => all().filter((item) => !("failed" in item.dataset)).length;
// How many are on their way to this customer.
export const waitingFor = (session) => [...(items.get(session) ?? [])].filter((item) => item.dataset.to === "customer").length;
export const outstanding = () => all().some((item) => item.dataset.failed === "here");

const all = () => [...items.values()].flatMap((each) => [...each]);

// The line is open: what was kept may have reached the hub from now on.
export function handOver() {
  for (const entry of left()) if (!entry.handed) keep({ ...entry, handed: true });
}

// Shows a session's items again after its chat was put on the page anew.
export function showOutgoing(session) {
  document.getElementById(`outgoing-${session}`)?.replaceChildren(...(items.get(session) ?? []));
}

export function made(command) {
  last = Math.max(last + 1, Date.now());
  return { id: line.newId(), at: last, command, handed: line.isOpen };
}

// `upload`: brings the file of an entry to the desk, after what stands before it; its command names it then.
export async function deliver(entry, upload) {
  const { id, command } = entry;
  const { session } = command;
  keep(entry);
  const item = show(entry, upload ? 0 : WONDER_AFTER_MS);
  const before = files.get(session);
  if (upload) {
    const uploading = upload(item, before);
    files.set(session, uploading);
    await uploading;
    if (files.get(session) === uploading) files.delete(session);
    if (!command.media) return;
  } else await before;
  const reply = await line.send(command, id);
  forget(id);
  item.drop();
  if (!reply.ok) refused(command, reply.error.message);
}

function refused({ do: verb, session, text, resends }, message) {
  toast(text && !hasRow(session) ? `${message}\n${text}` : message, { danger: true });
  if (!text || resends) return; // elsewhere by now, it may come back: then they are there
  const since = draft(session, "text");
  keepDraft(session, "text", since && since !== text ? `${text}\n${since}` : text, { mode: verb === "note" ? "note" : "reply" });
  document.dispatchEvent(new CustomEvent("desk:returned", { detail: session }));
}

export function show({ command: { do: verb, session, text }, file }, after) {
  const item = document.createElement("li");
  item.className = "outgoing-item";
  item.hidden = after > 0;
  if (verb === "send") item.dataset.to = "customer";
  const [said, state] = [document.createElement("span"), document.createElement("span")];
  said.className = "truncate";
  state.className = "small quiet";
  said.textContent = file ?? text ?? "…";
  state.textContent = say(file ? "uploading" : "sending");
  item.append(said, state);
  if (!items.has(session)) items.set(session, new Set());
  items.get(session).add(item);
  document.getElementById(`outgoing-${session}`)?.append(item);
  const timer = setTimeout(() => (item.hidden = false), after);
  const drop = () => {
    clearTimeout(timer);
    items.get(session).delete(item);
    item.remove();
    changed();
  };
  const fail = (why, retry, discard) => {
    delete item.dataset.to;
    letCancel(null);
    item.dataset.failed = discard ? "kept" : "here";
    state.textContent = why;
    item.append(button(say("retry"), () => (drop(), retry())), button(say("remove"), () => (drop(), discard?.())));
    changed();
  };
  let cancel = null;
  const letCancel = (forgotten) => {
    cancel?.remove();
    cancel = forgotten && button(say("cancel"), () => (forgotten(), drop(), shown.whenCancelled?.()));
    if (cancel) item.append(cancel);
  };
  changed();
  const shown = { drop, fail, letCancel, isCancelled: () => !items.get(session).has(item), tell: (words) => (state.textContent = words) };
  return shown;
}

const changed = () => document.dispatchEvent(new CustomEvent("desk:outgoing"));

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link-button small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}
