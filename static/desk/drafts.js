// What somebody has begun to write, kept for each session: changing the session or the page loses none of it.

const key = (session, field) => `desk-draft:${session}:${field}`;
const kept = new Map();

export function keepDraft(session, field, text) {
  kept.set(key(session, field), text);
  try {
    if (text) sessionStorage.setItem(key(session, field), text);
    else sessionStorage.removeItem(key(session, field));
  } catch {
    // storage is full or forbidden: memory still has it
  }
  document.dispatchEvent(new CustomEvent("desk:drafted", { detail: session }));
}

export function draft(session, field) {
  const name = key(session, field);
  if (!kept.has(name)) kept.set(name, sessionStorage.getItem(name) ?? "");
  return kept.get(name);
}

export const hasDraft = (session) => draft(session, "text").trim() !== "";

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
  if (target.dataset?.draft) keepDraft(target.form.dataset.session, target.dataset.draft, target.value);
});
