// What was said and is not answered for yet. Usually that takes milliseconds and nobody sees it; while the line is
// down it shows below the chat. A refused text returns to the composer, a failed upload can be tried again: no words
// are ever lost.

import { toast } from "../toasts.js";
import { cannedIn } from "./canned.js";
import { draft, keepDraft } from "./drafts.js";
import { csrf, say } from "./facts.js";

const WONDER_AFTER_MS = 350;

let line;
const items = new Map(); // session → elements, which outlive the chat they are shown in

export function useLine(socket) {
  line = socket;
}

export async function sendText(session, text, kind) {
  const item = show(session, text, say("sending"));
  const reply = await line.send(kind === "note" ? { do: "note", session, text } : { do: "send", session, text, ...cannedIn(session, text) });
  item.drop();
  if (reply.ok) return;
  toast(reply.error.message, { danger: true });
  const since = draft(session, "text");
  keepDraft(session, "text", since ? `${text}\n${since}` : text);
  document.dispatchEvent(new CustomEvent("desk:returned", { detail: session }));
}

export async function sendMedia(session, media) {
  const item = show(session, "…", say("sending"));
  const reply = await line.send({ do: "send", session, media });
  item.drop();
  if (!reply.ok) toast(reply.error.message, { danger: true });
}

export async function sendFile(session, file, label) {
  const item = show(session, `${label} ${file.name}`, say("uploading"), 0);
  const failed = (message) => {
    toast(message, { danger: true });
    item.fail(() => sendFile(session, file, label));
  };
  try {
    const answer = await upload(file);
    const body = await answer.json();
    if (!answer.ok) return failed(body.error.message);
    item.drop();
    await sendMedia(session, body.media);
  } catch {
    failed(document.getElementById("toasts").dataset.offline);
  }
}

function upload(file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return fetch("/media", { method: "POST", body: form, headers: { "X-CSRF-Token": csrf } });
}

export const outstanding = () => [...items.values()].some((each) => each.size > 0);

// Shows a session's items again after its chat was put on the page anew.
export function showOutgoing(session) {
  document.getElementById(`outgoing-${session}`)?.replaceChildren(...(items.get(session) ?? []));
}

function show(session, text, words, after = WONDER_AFTER_MS) {
  const item = document.createElement("li");
  item.className = "outgoing-item";
  item.hidden = after > 0;
  const [said, state] = [document.createElement("span"), document.createElement("span")];
  said.className = "truncate";
  state.className = "small quiet";
  said.textContent = text;
  state.textContent = words;
  item.append(said, state);
  if (!items.has(session)) items.set(session, new Set());
  items.get(session).add(item);
  document.getElementById(`outgoing-${session}`)?.append(item);
  const timer = setTimeout(() => (item.hidden = false), after);
  const drop = () => {
    clearTimeout(timer);
    items.get(session).delete(item);
    item.remove();
  };
  const fail = (again) => {
    item.dataset.failed = "";
    state.textContent = say("failed");
    item.append(button(say("retry"), () => (drop(), again())), button(say("remove"), drop));
  };
  return { drop, fail };
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link-button small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}
