// What a form of the desk asks for when it is sent. Fetched when somebody goes to one.

import { toast } from "../toasts.js";
import { focusThread } from "./composer.js";
import { closeForm } from "./dialogs.js";
import { forgetDrafts, keepDraft } from "./drafts.js";
import { say } from "./facts.js";
import { load } from "./later.js";
import { sendNote } from "./outgoing.js";
import { settled } from "./pieces.js";
import { complain, isComplete } from "./targets.js";

// desk: {line, ask, goOn, onToTheNext}
export const submitForm = (form, desk) => acts[form.dataset.form](form, desk);

const acts = {
  async wrap_up(form, { ask, goOn }) {
    const { session } = form.dataset;
    const { disposition, remark } = Object.fromEntries(new FormData(form));
    if (!(await ask({ do: "wrap_up", session, disposition, remark }))) return;
    forgetDrafts(session);
    toast(say("closed"));
    goOn();
  },
  async transfer(form, { line, goOn }) {
    if (!isComplete(form)) return;
    const { session } = form.dataset;
    const { target, note } = Object.fromEntries(new FormData(form));
    const [kind, ...rest] = target.split(":");
    const done = await askFrom(line, form, { do: "transfer", session, [`to_${kind}`]: rest.join(":"), note });
    if (!done) return;
    toast(say("transferred"));
    if (kind === "group") goOn();
  },
  async promise(form, { line, onToTheNext }) {
    const { session } = form.dataset;
    const { dueAt } = await load("promises");
    const command = { do: "promise", session, due_at: Math.round(dueAt(form)), text: form.elements.text.value };
    if (!(await askFrom(line, form, command))) return;
    toast(say("promised"));
    onToTheNext(session);
  },
  async consult(form, { line }) {
    if (!isComplete(form)) return;
    const { session } = form.dataset;
    const { target, text } = Object.fromEntries(new FormData(form));
    if (await askFrom(line, form, { do: "consult", session, to_seat: target.slice("seat:".length), text })) focusThread();
  },
  async consult_say(form, { ask }) {
    const { session } = form.dataset;
    const { text } = form.elements;
    if (!text.value.trim() || !(await ask({ do: "consult_say", session, text: text.value }))) return;
    text.value = "";
    keepDraft(session, "consult", "");
  },
  about({ elements, dataset: { session } }) {
    if (elements.text.value.trim()) sendNote(session, elements.text.value, []);
    elements.text.value = "";
    keepDraft(session, "about", "");
  },
  async hand_over(form, { line }) {
    const fields = [...new FormData(form)].filter(([name, note]) => name.startsWith("note:") && note.trim());
    const notes = Object.fromEntries(fields.map(([name, note]) => [name.slice("note:".length), note]));
    await askFrom(line, form, { do: "sign_out_seat", hand_over: true, note: form.elements.note.value, notes });
  },
};

// Asks from a dialog, which closes, or says what is wrong.
async function askFrom(line, form, command) {
  const reply = await line.send(command);
  await settled();
  complain(form, reply.error?.message);
  if (reply.ok) closeForm();
  return reply.ok;
}
