// What was said, as a list: lines in the order of the desk's numbers, what is still on its way at the end. A line that
// comes again takes its own place. Days and speakers are told once where they begin.

import { facts, say } from "./facts.js";
import { card, question } from "./rating.js";

const APART_MS = 3 * 60_000;
const LINK = /\bhttps?:\/\/[^\s<>"'，。；！？、）】》]+/g;

const log = document.getElementById("log");
const list = document.getElementById("lines");
const clock = new Intl.DateTimeFormat(facts.locale, { hour: "2-digit", minute: "2-digit", hour12: false });
const calendar = new Intl.DateTimeFormat(facts.locale, { month: "long", day: "numeric", weekday: "short" });
const pending = new Map(); // id → element
const shown = new Map(); // id → the line as it stands there

const said = () => list.querySelectorAll(".line[data-seq]");
export const oldest = () => Number(said()[0]?.dataset.seq) || 0;
export const newest = () => Number([...said()].at(-1)?.dataset.seq) || 0;
export const isEmpty = () => !list.querySelector(".line:not(.welcome)");

// Lines from the desk, in whatever order they come. Says which of them were not here. Old ones are not read out.
export function place(lines, { quietly = false } = {}) {
  if (quietly) log.setAttribute("aria-live", "off");
  const fresh = lines.filter((line) => put(line));
  tidy();
  if (quietly) setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  return fresh;
}

export function clear() {
  for (const line of said()) line.remove();
  shown.clear();
}

// It was taken back.
export function takeOff(id) {
  shown.delete(id);
  list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  tidy();
}

// Of the stretch that this page tells, what it does not tell was taken back while we were away.
export function keepOnly(lines) {
  if (!lines.length) return;
  const told = new Set(lines.map(({ id }) => id));
  for (const line of said()) if (Number(line.dataset.seq) >= lines[0].seq && !told.has(line.dataset.id)) takeOff(line.dataset.id);
}

export function welcome(text) {
  list.prepend(draw({ by: "desk", kind: "text", text, at: 0 }, "welcome"));
  tidy();
}

// Something of the visitor's that is on its way. `address` is a picture that only this page knows.
export function wait(id, { text = "", address = "", words }) {
  if (pending.has(id) || list.querySelector(`[data-key="${id}"]`)) return;
  const item = draw({ by: "visitor", kind: address ? "image" : text ? "text" : "sent", text, media: address, at: Date.now() }, "is-pending");
  item.dataset.key = id;
  pending.set(id, item);
  tell(id, words);
  list.append(item);
  tidy();
}

export function tell(id, words, { over = true } = {}) {
  const fate = pending.get(id)?.querySelector(".fate");
  if (fate && (over || !fate.textContent)) fate.textContent = words;
}

// It did not go, and will not by itself: says why, and what can be done.
export function fail(id, words, actions) {
  const item = pending.get(id);
  if (!item) return;
  item.classList.add("is-failed");
  const fate = item.querySelector(".fate");
  fate.textContent = `${words} `;
  for (const [label, act] of actions) {
    const button = element("button", "link-button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => (drop(id), act()));
    fate.append(button, " ");
  }
}

export function drop(id) {
  pending.get(id)?.remove();
  pending.delete(id);
  tidy();
}

function put(line) {
  const told = JSON.stringify(line);
  if (shown.get(line.id) === told) return false; // what is written in it stays
  shown.set(line.id, told);
  const drawn = draw(line);
  const own = line.key && pending.get(line.key);
  const known = list.querySelector(`[data-id="${CSS.escape(line.id)}"]`);
  if (own) {
    pending.delete(line.key);
    own.remove();
  }
  if (known) known.replaceWith(drawn);
  else list.insertBefore(drawn, after(line.seq));
  return !known;
}

// The line before which this number belongs; what is on its way stands below everything.
function after(seq) {
  let next = list.querySelector(".is-pending");
  const lines = said();
  for (let at = lines.length - 1; at >= 0 && Number(lines[at].dataset.seq) > seq; at--) next = lines[at];
  return next;
}

function draw(line, mark = "") {
  const item = element("li", `line by-${line.by} ${mark}`.trim());
  if (line.id) Object.assign(item.dataset, { id: line.id, seq: line.seq });
  if (line.key) item.dataset.key = line.key;
  Object.assign(item.dataset, { by: line.by, at: line.at });
  const who = element("p", "who small quiet");
  who.textContent = line.by === "visitor" ? say("you") : line.who || (mark ? "" : say("desk"));
  if (line.by === "visitor") who.classList.add("visually-hidden");
  const fate = element("p", "fate small");
  if (line.refused) fate.textContent = say("refused");
  if (line.refused) item.classList.add("is-failed");
  item.append(who, bubble(line), fate);
  if (line.at) {
    const time = element("time", "at small");
    time.textContent = clock.format(line.at);
    time.dateTime = new Date(line.at).toISOString();
    fate.before(time);
  }
  return item;
}

function bubble(line) {
  const box = element("div", `bubble bubble-${line.kind}`);
  if (line.kind === "image" && line.media) {
    const link = element("a", "picture");
    Object.assign(link, { href: line.media, target: "_blank", rel: "noopener", ariaLabel: say("picture") });
    const picture = element("img");
    Object.assign(picture, { src: line.media, alt: say("image"), loading: "lazy" });
    link.append(picture);
    box.append(link);
  } else if (line.kind === "voice" && line.media) {
    const voice = element("audio");
    Object.assign(voice, { src: line.media, controls: true, preload: "none", ariaLabel: say("voice") });
    box.append(voice);
  } else if (line.rates) box.append(question(line.text), card(line.rates, line.choices));
  else if (line.text) box.append(...linked(line.text));
  else box.textContent = line.kind === "image" || line.kind === "sent" ? say("image") : say("other");
  return box;
}

function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(end, found.index));
    const link = element("a");
    Object.assign(link, { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow", textContent: found[0] });
    parts.push(link);
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

// Days, and who goes on speaking.
function tidy() {
  for (const day of list.querySelectorAll(".day")) day.remove();
  const lines = [...list.querySelectorAll(".line")];
  let before;
  for (const line of lines) {
    if (line.classList.contains("welcome")) continue;
    const at = Number(line.dataset.at);
    if (!before || !sameDay(at, Number(before.dataset.at))) line.before(day(at));
    const goesOn =
      before?.dataset.by === line.dataset.by &&
      before.querySelector(".who").textContent === line.querySelector(".who").textContent &&
      at - Number(before.dataset.at) < APART_MS;
    line.classList.toggle("goes-on", Boolean(goesOn));
    before = line;
  }
}

const sameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

function day(at) {
  const item = element("li", "day small quiet");
  const yesterday = Date.now() - 86_400_000;
  item.textContent = sameDay(at, Date.now()) ? say("today") : sameDay(at, yesterday) ? say("yesterday") : calendar.format(at);
  return item;
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return made;
}
