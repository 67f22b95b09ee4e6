// What an earlier page of this person left unanswered goes on under its own ids, and takes effect once. Only where
// nobody can say any more whether it was sent, the person decides.

import { toast } from "../toasts.js";
import { draftOf, keepDraft } from "./drafts.js";
import { say } from "./facts.js";
import { dropFile, keptFile } from "./kept_files.js";
import { early, load } from "./later.js";
import { forget, keep } from "./outbox.js";
import { deliver, show } from "./outgoing.js";
import { again, goOnWith } from "./uploads.js";

const DOUBTFUL_AFTER_MS = 600_000; // the hub remembers a person's last 256 commands: more than anyone gives in so long

export async function goOn(entries) {
  for (const entry of entries) {
    const file = entry.file && (await keptFile(entry.id));
    if (entry.file && !file) lost(entry);
    else if (entry.handed && Date.now() - entry.at > DOUBTFUL_AFTER_MS) doubt(entry, file);
    else if (file) goOnWith(entry, file);
    else deliver(entry).then(() => undraft(entry.command));
  }
}

// The server still has for a draft what was on its way when its page went: nobody is to send it twice. What it has is
// taken by the time that the module which takes it is here.
function undraft({ session, text }) {
  early(load("shared_drafts"), () => {
    const { text: drafted, typed } = draftOf(session);
    if (!text || typed || drafted !== text) return;
    keepDraft(session, "text", "", { mode: "reply" });
    document.dispatchEvent(new CustomEvent("desk:returned", { detail: session }));
  });
}

function lost({ id, file }) {
  forget(id);
  toast(say("file_lost", { file }), { danger: true });
}

// It stays until then, over every reload.
function doubt(entry, file) {
  keep(entry);
  show(entry, 0).fail(say("perhaps_sent"), () => again(entry, file), () => (forget(entry.id), dropFile(entry.id)));
  toast(say("look_at_unsent"), { danger: true });
}
