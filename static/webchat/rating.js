// What the visitor thinks of a session: five stars and a word, below the desk's question. It may be changed until the
// desk takes no more; how it stands, the desk says.

import { facts, say } from "./facts.js";

const COMMENT_MAX = 500;
const STARS = [1, 2, 3, 4, 5];

const cards = new Map(); // session → {form, draw()}
let asked = {};
let send;

export const use = (sender) => (send = sender);

// asked: {session, stars} that may be rated now, or nothing.
export function stand(now = {}) {
  asked = now;
  for (const { draw } of cards.values()) draw();
}

// The desk's question, in the site's language, or ours where the visitor reads another.
export const question = (text) => (facts.lang === "zh" ? text : say("rate"));

// names: what each rating is called, the best first, in the site's language.
export function card(session, names) {
  const form = element("form", "rating");
  const choices = element("fieldset", "stars");
  const legend = element("legend", "visually-hidden");
  legend.textContent = say("rate");
  choices.append(legend, ...STARS.map((stars) => star(session, stars, facts.lang === "zh" ? names[names.length - stars] : `${stars} / 5`)));
  const comment = element("textarea", "comment");
  Object.assign(comment, { rows: 2, maxLength: COMMENT_MAX, placeholder: say("comment"), ariaLabel: say("comment") });
  const submit = element("button", "submit");
  submit.textContent = say("submit");
  const fate = element("p", "small");
  fate.role = "status";
  form.append(choices, comment, submit, fate);

  let changing = false;
  let given = 0;
  const chosen = () => Number(new FormData(form).get(`stars-${session}`)) || 0;
  const draw = () => {
    const isOpen = asked.session === session;
    if (isOpen) given = asked.stars;
    if (given && !changing) form.elements[`stars-${session}`].value = String(given);
    const isDone = !isOpen || (given > 0 && !changing);
    for (const radio of choices.querySelectorAll("input")) radio.disabled = !isOpen;
    comment.hidden = isDone || !chosen();
    submit.hidden = isDone || !chosen();
    if (!isOpen) fate.textContent = given ? "" : say("rating_over");
    else if (isDone) fate.textContent = say("rated");
  };
  form.addEventListener("change", () => {
    changing = true;
    fate.textContent = "";
    draw();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const { ok, error } = await send({ session, stars: chosen(), comment: comment.value.trim() });
    submit.disabled = false;
    if (!ok) return (fate.textContent = error.message);
    changing = false;
    asked = { ...asked, stars: chosen() };
    draw();
  });
  cards.set(session, { form, draw });
  queueMicrotask(draw);
  return form;
}

function star(session, stars, name) {
  const label = element("label", "star");
  const radio = element("input", "visually-hidden");
  Object.assign(radio, { type: "radio", name: `stars-${session}`, value: String(stars), ariaLabel: name });
  const sign = element("span");
  sign.textContent = "★";
  sign.ariaHidden = "true";
  label.title = name;
  label.append(radio, sign);
  return label;
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
