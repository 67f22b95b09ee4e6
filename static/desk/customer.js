// The customer beside the chat: what is typed is kept by itself, with a tick. What a colleague changes meanwhile comes
// in where nobody is writing; where somebody is, they are told, and nothing is overwritten behind anybody's back.

import { toast } from "../toasts.js";

const PAUSE_MS = 900;
const waiting = new Map(); // field → timer; a field outlives the pane it stood in
let line;

export function useLine(socket) {
  line = socket;
}

// Somebody, perhaps this very page, wrote down who the customer is.
export function described({ customer, revision, remark, phone, fields = {} }) {
  const form = document.querySelector("form[data-customer]");
  if (form?.dataset.customer !== customer) return;
  form.dataset.revision = revision;
  const own = Object.entries(fields).map(([name, value]) => [`field.${name}`, value]);
  for (const [name, value] of [["remark", remark], ["phone", phone], ...own]) {
    const field = form.elements[name];
    if (!field || value === undefined) continue;
    const { kept, sent } = field.dataset;
    field.dataset.kept = value;
    if (field.value === kept || field.value === sent) put(field, value);
    else if (sent === undefined && field.value !== value) warn(field, value);
  }
}

function put(field, value) {
  if (field.localName === "select" && ![...field.options].some((each) => each.value === value)) field.add(new Option(value));
  field.value = value;
}

function warn(field, value) {
  clearTimeout(waiting.get(field));
  field.dataset.theirs = "";
  const { theirs, emptied } = field.form.dataset;
  tell(field, value ? theirs.replace("{value}", value) : emptied, "wrong");
}

// `state`: saving, saved or wrong; a complaint about a field that is gone is told as a toast.
function tell(field, words, state = "") {
  const output = field.closest(".kept").querySelector("output");
  output.textContent = words;
  output.dataset.state = state;
  field.setAttribute("aria-invalid", state === "wrong");
  if (state === "wrong" && !field.isConnected) toast(words, { danger: true });
}

async function ask(field, change) {
  const { session, revision, saving, saved } = field.form.dataset;
  tell(field, saving, "saving");
  const reply = await line.send({ do: "describe_customer", session, revision: Number(revision), ...change });
  if (reply.ok) tell(field, saved, "saved");
  else tell(field, reply.error.message, "wrong");
  return reply.ok;
}

async function keep(field) {
  clearTimeout(waiting.get(field));
  waiting.delete(field);
  const { name, value, dataset } = field;
  if (value === dataset.kept || "theirs" in dataset || !field.checkValidity()) return;
  dataset.sent = value;
  const own = name.startsWith("field.");
  const ok = await ask(field, own ? { fields: { [name.slice("field.".length)]: value } } : { [name]: value });
  delete dataset.sent;
  if (ok && field.value === value) dataset.kept = value;
}

async function tag(form, change) {
  const tags = [...form.querySelectorAll("[data-tag]")].map((each) => each.dataset.tag);
  if (await ask(form.elements.tag, { tags: change(tags) })) form.elements.tag.value = "";
}

export const untag = ({ session, tag: gone }) =>
  tag(document.querySelector(`form[data-customer][data-session="${session}"]`), (tags) => tags.filter((each) => each !== gone));

const fieldOf = ({ target }) => target.dataset?.kept !== undefined && target.closest("form[data-customer]") && target;

const soon = (field) => waiting.set(field, setTimeout(keep, PAUSE_MS, field));

for (const kind of ["input", "compositionend"]) {
  document.addEventListener(kind, (event) => {
    const field = fieldOf(event);
    if (!field) return;
    clearTimeout(waiting.get(field));
    delete field.dataset.theirs;
    tell(field, "");
    if (!event.isComposing) soon(field);
  });
}

document.addEventListener("change", (event) => {
  const { target } = event;
  if (fieldOf(event)) keep(target);
  else if (target.name === "tag" && target.value.trim()) tag(target.form, (tags) => [...tags, target.value]);
});

// What was typed while this was still on its way.
[...document.querySelectorAll("[data-kept]")].filter(({ value, dataset }) => value !== dataset.kept).forEach(soon);
