// What somebody has begun to write, kept for each session: changing the session, the page or the computer loses none of
// it. Words to the customer lie on the server, too (`shared_drafts.js`); the fields of forms stay in this tab.

import { facts } from "./facts.js";
import { early, load } from "./later.js";

const ALL = "desk-draft:";
const OURS = `${ALL}${facts.user}:`;
export const NOTHING = { text: "", mode: "reply", rev: "", base: "", after: "" };

const fields = new Map(); // name → words
const records = new Map(); // session → {…draft, sent, typed, dirty, other}

const nameOf = (session, field) => `${OURS}${session}:${field}`;

for (const name of Object.keys(sessionStorage).filter((each) => each.startsWith(ALL))) {
  if (!name.startsWith(OURS)) sessionStorage.removeItem(name);
  else if (name.endsWith(":text")) records.set(name.slice(OURS.length, -":text".length), JSON.parse(sessionStorage.getItem(name)));
}

function store(name, value) {
  try {
    if (value) sessionStorage.setItem(name, value);
    else sessionStorage.removeItem(name);
  } catch {
    // storage is full or forbidden: memory still has it
  }
}

// The words to the customer and what is known of them; `after` is the customer's last line when they were begun.
export const draftOf = (session) => records.get(session) ?? NOTHING;

export const drafted = () => [...records.keys()];

// That there is nothing any more is remembered, too, until the server knows: it would give back what was sent.
export function setDraft(session, record) {
  records.set(session, record);
  store(nameOf(session, "text"), (record.text || record.dirty) && JSON.stringify({ ...record, other: undefined }));
  document.dispatchEvent(new CustomEvent("desk:drafted", { detail: session }));
}

export function keepDraft(session, field, text, more) {
  if (field !== "text") {
    fields.set(nameOf(session, field), text);
    return store(nameOf(session, field), text);
  }
  const gone = !text && { after: "", other: undefined };
  setDraft(session, { ...draftOf(session), ...gone, ...more, text, typed: true, dirty: true });
  early(shared(), ({ pushSoon }) => pushSoon(session));
}

export function draft(session, field) {
  if (field === "text") return draftOf(session).text;
  const name = nameOf(session, field);
  if (!fields.has(name)) fields.set(name, sessionStorage.getItem(name) ?? "");
  return fields.get(name);
}

export const hasDraft = (session) => draftOf(session).text.trim() !== "";

export function forgetDrafts(session) {
  for (const field of ["text", "disposition", "remark", "consult"]) keepDraft(session, field, "");
}

// Fills the fields of a form that was just put on the page, and keeps what is typed into them: words to the customer also
// where they were typed before anything here was loaded.
export function restoreDrafts(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    const { session } = field.form.dataset;
    if (!field.value) field.value = draft(session, field.dataset.draft);
    else if (field.dataset.draft === "text" && !hasDraft(session)) keepDraft(session, "text", field.value);
  }
}

document.addEventListener("input", ({ target }) => {
  const { draft: name } = target.dataset ?? {};
  if (name && name !== "text") keepDraft(target.form.dataset.session, name, target.value);
});

const shared = () => load("shared_drafts");

// The server's copies: all of them when the line opens, one when another tab writes.
export function takeDrafts(frame) {
  if (records.size || Object.keys(frame.drafts).length) early(shared(), ({ take }) => take(frame));
}
