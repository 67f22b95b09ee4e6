// The drafts that the server keeps for its writer's other pages. Whoever writes last wins there; here nobody's words are
// taken from under their fingers.

import { meet } from "./draft_rules.js";
import { drafted, draftOf, NOTHING, setDraft } from "./drafts.js";
import { signal } from "./signals.js";

const REST_MS = 400; // so long after the last key the server is told…
const LATE_MS = 3000; // …and so long after the first at the latest
const LENGTH_MAX = 8000; // what is longer stays here

const timers = new Map(); // session → {timer, since}

export function take({ drafts, whole }) {
  const sessions = new Set([...Object.keys(drafts), ...(whole ? drafted() : [])]);
  for (const session of sessions) takeOne(session, { ...NOTHING, ...drafts[session] });
}

function takeOne(session, theirs) {
  const mine = draftOf(session);
  const todo = meet(mine, theirs);
  if (todo === "adopt") setDraft(session, { ...theirs, sent: [], typed: false, dirty: false });
  else if (todo === "both") setDraft(session, { ...mine, other: theirs });
  else if (todo !== "keep") setDraft(session, { ...mine, rev: theirs.rev || mine.rev, dirty: todo === "push" });
  if (todo === "adopt" || todo === "both") document.dispatchEvent(new CustomEvent("desk:returned", { detail: session }));
  if (todo === "push" || (todo === "both" && mine.dirty && mine.text)) pushSoon(session);
}

// An empty draft goes at once: behind the words that were sent, on the same line.
export function pushSoon(session) {
  const { timer, since = Date.now() } = timers.get(session) ?? {};
  clearTimeout(timer);
  if (!draftOf(session).text) return push(session);
  const rest = Math.max(0, Math.min(REST_MS, since + LATE_MS - Date.now()));
  timers.set(session, { since, timer: setTimeout(push, rest, session) });
}

async function push(session) {
  timers.delete(session);
  const { text, mode, after, rev: base, sent = [] } = draftOf(session);
  if (text.length > LENGTH_MAX) return;
  const rev = Math.random().toString(36).slice(2, 12);
  const answer = signal({ do: "draft", session, text, mode, after, base, rev });
  if (!answer) return; // it goes when there is a line again
  setDraft(session, { ...draftOf(session), sent: [...sent, rev] }); // any of them may get there
  const reply = await answer;
  const now = draftOf(session);
  if (reply?.ok && now.sent.at(-1) === rev) setDraft(session, { ...now, rev, sent: [], dirty: now.text !== text || now.mode !== mode });
}

// The server takes none for a session that has gone to somebody else; it is told when the session is back.
document.addEventListener("desk:placed", ({ detail }) => {
  for (const piece of detail) {
    const { session } = piece.dataset;
    if (piece.matches(".row-item") && draftOf(session).dirty) pushSoon(session);
  }
});
