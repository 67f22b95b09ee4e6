// Whom a session goes to, or who is asked, chosen without a mouse: words narrow the list, and the only one left is chosen;
// Enter takes the first and goes on to the words, down leads into the list. Nobody out of sight stays chosen.

const rows = (form) => [...form.querySelectorAll(".target[data-words]")];
const chosen = (form) => form.querySelector('[name="target"]:checked');
const open = (form) => rows(form).filter((row) => !row.hidden).map((row) => row.querySelector("input:enabled")).filter(Boolean);

export function complain(form, words = "") {
  const complaint = form.querySelector(".complaint");
  complaint.hidden = !words;
  complaint.textContent = words;
}

function narrow({ form, value }) {
  const wanted = value.trim().toLowerCase();
  for (const row of rows(form)) row.hidden = !row.dataset.words.toLowerCase().includes(wanted);
  const left = open(form);
  if (chosen(form) && !left.includes(chosen(form))) chosen(form).checked = false;
  if (wanted && left.length === 1) choose(left[0]);
  complain(form, left.length ? "" : form.dataset.unmatched);
}

function choose(radio) {
  radio.checked = true;
  radio.closest(".target").scrollIntoView({ block: "nearest" });
}

// Whether the form can be sent. Enter in the filter only chooses; what is missing is said, and can be mended at once.
export function isComplete(form) {
  const search = form.querySelector(".target-search");
  const left = open(form);
  const [first] = left;
  const isFiltering = document.activeElement === search;
  const isMeant = search?.value.trim() || left.length === 1;
  if (isFiltering && isMeant && first && !chosen(form)) choose(first);
  if (!chosen(form)) {
    complain(form, first ? form.dataset.unchosen : form.dataset.unmatched);
    (first ?? search).focus();
    return false;
  }
  complain(form);
  if (!isFiltering) return form.elements.text?.reportValidity() ?? true;
  form.querySelector("textarea").focus();
  return false;
}

for (const type of ["input", "compositionend"]) {
  document.addEventListener(type, ({ target, isComposing }) => target.matches(".target-search") && !isComposing && narrow(target));
}

document.addEventListener("change", ({ target }) => target.matches('.target [name="target"]') && complain(target.form));

document.addEventListener("keydown", (event) => {
  const { key, target, isComposing } = event;
  if (isComposing || !target.matches(".target-search") || !["ArrowDown", "Enter"].includes(key)) return;
  event.preventDefault();
  if (key === "Enter") return void isComplete(target.form); // at once: the next key is of the next field
  const to = chosen(target.form) ?? open(target.form)[0];
  if (!to) return;
  choose(to);
  to.focus();
});

// What was typed while this was being loaded.
if (document.activeElement.matches(".target-search")) narrow(document.activeElement);
