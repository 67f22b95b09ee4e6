// What somebody has begun to write, kept for each session: changing the session, the page or the computer loses none of
// it. Words to the customer lie on the server, too, for the writer's other pages; the fields of forms stay in this tab.

import { meet } from "./draft_rules.js";
import { facts } from "./facts.js";
import { signal } from "./signals.js";

const REST_MS = 400; // so long after the last key the server is told…
const LATE_MS = 3000; // …and so long after the first at the latest
const LENGTH_MAX = 8000; // what is longer stays here
const ALL = "desk-draft:";
const OURS = `${ALL}${facts.seat}:`;
const NOTHING = { text: "", mode: "reply", rev: "", base: "", after: "" };

const fields = new Map(); // name → words
const records = new Map(); // session → {…draft, sent, typed, dirty, other}
const timers = new Map(); // session → {timer, since}

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

export function keepDraft(session, field, text, more = {}) {
  if (field !== "text") {
    fields.set(nameOf(session, field), text);
    return store(nameOf(session, field), text);
  }
  const known = draftOf(session);
  keep(session, { ...known, ...(!text && { after: "", other: undefined }), ...more, text, typed: true, dirty: true });
  pushSoon(session);
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

// Fills the fields of a form that was just put on the page, and keeps what is typed into them.
export function restoreDrafts(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    const { session } = field.form.dataset;
    if (!field.value) field.value = draft(session, field.dataset.draft);
  }
}

document.addEventListener("input", ({ target }) => {
  if (target.dataset?.draft && target.dataset.draft !== "text") keepDraft(target.form.dataset.session, target.dataset.draft, target.value);
});

// The server's copies: all of them when the line opens, one when another tab writes.
export function takeDrafts({ drafts, whole }) {
  for (const session of new Set([...Object.keys(drafts), ...(whole ? records.keys() : [])])) {
    take(session, { ...NOTHING, ...drafts[session] });
  }
}

function take(session, theirs) {
  const mine = draftOf(session);
  const todo = meet(mine, theirs);
  if (todo === "adopt") {
    keep(session, { ...theirs, sent: "", typed: false, dirty: false });
    document.dispatchEvent(new CustomEvent("desk:returned", { detail: session }));
  } else if (todo === "both") {
    keep(session, { ...mine, other: theirs });
    document.dispatchEvent(new CustomEvent("desk:returned", { detail: session }));
  } else if (todo !== "keep") keep(session, { ...mine, rev: theirs.rev || mine.rev, dirty: todo === "push" });
  if (todo === "push" || (todo === "both" && mine.dirty)) pushSoon(session);
}

function keep(session, record) {
  records.set(session, record);
  store(nameOf(session, "text"), record.text && JSON.stringify({ ...record, other: undefined }));
  document.dispatchEvent(new CustomEvent("desk:drafted", { detail: session }));
}

// An empty draft goes at once: behind the words that were sent, on the same line.
function pushSoon(session) {
  const { timer, since = Date.now() } = timers.get(session) ?? {};
  clearTimeout(timer);
  const rest = Math.max(0, Math.min(REST_MS, since + LATE_MS - Date.now()));
  if (!draftOf(session).text) push(session);
  else timers.set(session, { since, timer: setTimeout(push, rest, session) });
}

async function push(session) {
  timers.delete(session);
  const { text, mode, after, rev: base } = draftOf(session);
  if (text.length > LENGTH_MAX) return;
  const rev = crypto.randomUUID().slice(0, 13);
  keep(session, { ...draftOf(session), sent: rev });
  const reply = await signal({ do: "draft", session, text, mode, after, base, rev });
  const now = draftOf(session);
  if (reply?.ok && now.sent === rev) keep(session, { ...now, rev, dirty: now.text !== text || now.mode !== mode });
}
