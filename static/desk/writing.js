// What happens while somebody writes: what is typed, when it goes, and what one should know before. Nothing here sends by
// itself: whatever costs the last that the channel takes, or more than one message, is asked for once.

import { cannedIn } from "./canned.js";
import { form, insertText } from "./composer.js";
import { draftOf, keepDraft } from "./drafts.js";
import { facts, say } from "./facts.js";
import "./given_files.js"; // at hand when the line is down, too
import { load } from "./later.js";
import { linesSince, newestLine, previewOf, showLines } from "./meanwhile.js";
import { sendNote, sendText } from "./outgoing.js";
import { keepPreference, preferences } from "./preferences.js";
import { sendsLeft, showQuota } from "./quota.js";
import { verdict } from "./quota_rules.js";
import { split } from "./splitting.js";
import { sentWords, stopsTyping, types } from "./typing.js";

const COUNT_FROM = 0.75;
const NOTE_LENGTH_MAX = 2000;
const workspace = document.getElementById("workspace");
const encoder = new TextEncoder();

const textOf = (composer) => composer.elements.text;
const isNote = (composer) => composer.elements.mode.value === "note";
const bytesOf = (text) => encoder.encode(text).length;

// Shows a composer that was just put on the page as it should be.
export const prepare = (composer) => showMode(composer, composer.elements.mode.value);

// Modes.

export function changeMode(composer, mode = composer.elements.mode.value) {
  keepDraft(composer.dataset.session, "text", textOf(composer).value, { mode });
  if (mode === "note") stopsTyping(composer.dataset.session);
  showMode(composer, mode);
  if (mode === "note") suggestColleagues(textOf(composer));
}

function showMode(composer, mode) {
  composer.elements.mode.value = mode;
  composer.toggleAttribute("data-noting", mode === "note");
  textOf(composer).placeholder = textOf(composer).dataset[mode];
  const send = composer.querySelector("[data-send]");
  send.textContent = send.dataset[mode];
  measure(composer);
}

// What one should know.

function measure(composer) {
  const text = textOf(composer).value;
  const limit = isNote(composer) ? NOTE_LENGTH_MAX : facts.text_bytes_max;
  const left = limit - (isNote(composer) ? text.length : bytesOf(text));
  const count = composer.querySelector(".composer-count");
  count.hidden = left > limit * (1 - COUNT_FROM);
  const unit = isNote(composer) ? "characters" : "bytes";
  count.textContent = left < 0 ? say(`${unit}_over`, { n: -left }) : say(`${unit}_left`, { n: left });
  composer.toggleAttribute("data-over", left < 0);
  delete composer.dataset.asking;
  delete composer.dataset.parts;
  if (left < 0 && !isNote(composer)) composer.dataset.parts = split(text, facts.text_bytes_max).length;
  showNotices(composer);
}

function showNotices(composer) {
  const { session, parts = 1 } = composer.dataset;
  const level = showQuota(session);
  if (sendsLeft(session) > parts && composer.dataset.asking === "last") delete composer.dataset.asking;
  const { asking } = composer.dataset;
  const [note, written] = [isNote(composer), textOf(composer).value.trim() !== ""];
  const isOver = composer.hasAttribute("data-over");
  const isShut = level === "none" || level === "shut";
  const fits = !isShut && parts <= sendsLeft(session);
  const since = note || !written ? [] : linesSince(draftOf(session).after);
  const { other } = draftOf(session);
  const plan = asking === "split" ? "split_again" : fits ? "split_into" : "split_too_many";
  notice(composer, "meanwhile", since.length && say("meanwhile", { n: since.length, words: previewOf(since) }));
  notice(composer, "elsewhere", other && say("drafted_elsewhere", { words: other.text.slice(0, 60) }));
  notice(composer, "split", !note && isOver && !isShut && parts > 1 && say(plan, { n: parts, left: sendsLeft(session) }));
  composer.querySelector('[data-notice="split"] [data-sure]').hidden = !fits;
  notice(composer, "last", !note && level === "last" && asking !== "last");
  notice(composer, "ask", !note && asking === "last");
  for (const each of ["none", "shut"]) notice(composer, each, !note && level === each);
  composer.querySelector("[data-send]").disabled = note ? isOver : !fits || (isOver && parts < 2);
  for (const each of composer.querySelectorAll('[data-pick], [data-dialog="voice"]')) each.disabled = note || isShut;
}

function notice(composer, name, shown) {
  const place = composer.querySelector(`[data-notice="${name}"]`);
  if (!place) return;
  place.hidden = !shown;
  const words = place.querySelector("[data-words]");
  if (words && shown && words.textContent !== shown) words.textContent = shown;
}

// Sending. Asked whether to spend the last, or to send in parts, the same key again is the answer.

export async function submit(composer, sure = "asking" in composer.dataset) {
  const { session } = composer.dataset;
  const text = textOf(composer).value;
  if (!text.trim() || composer.querySelector("[data-send]").disabled) return;
  if (isNote(composer)) {
    const mentions = (await colleagues(text))?.mentionsIn(text) ?? [];
    if (textOf(composer).value !== text) return;
    sendNote(session, text, mentions);
  } else {
    const isOver = composer.hasAttribute("data-over");
    const parts = isOver ? split(text, facts.text_bytes_max) : [text];
    const may = verdict(sendsLeft(session), parts.length);
    if (may === "no") return;
    if (!sure && (may === "ask" || isOver)) {
      composer.dataset.asking = may === "ask" ? "last" : "split";
      return showNotices(composer);
    }
    const canned = cannedIn(session, text);
    for (const [nth, part] of parts.entries()) sendText(session, part, nth === 0 && canned);
    sentWords(session);
  }
  textOf(composer).value = "";
  keepDraft(session, "text", "", { mode: "reply" });
  showMode(composer, "reply");
}

// Words were typed, or are there since before anybody listened.
function wrote(composer) {
  const { session } = composer.dataset;
  const mode = composer.elements.mode.value;
  const text = textOf(composer).value;
  const after = text && (draftOf(session).after || newestLine());
  keepDraft(session, "text", text, { mode, after });
  measure(composer);
  if (isNote(composer)) suggestColleagues(textOf(composer));
  else if (text.trim()) types(session);
  else stopsTyping(session);
}

workspace.addEventListener("input", ({ target }) => target.matches(".composer-text") && wrote(target.form));

// Colleagues are loaded when the first is named; while that cannot be done, an `@` is a letter like any other.
let loaded = null;
async function colleagues(text) {
  if (text.includes("@")) loaded ??= await load("mentions").catch(() => null);
  return loaded;
}

const suggestColleagues = async (field) => (await colleagues(field.value))?.suggest(field);

workspace.addEventListener("change", ({ target }) => {
  if (target.name === "mode") changeMode(target.form);
  else if (target.name === "send_key") choose(target);
  else return;
  textOf(target.form).focus();
});

// Where nothing is written yet, up leads into the chat log.
workspace.addEventListener("keydown", (event) => {
  const { key, target, altKey, ctrlKey, metaKey, shiftKey, isComposing } = event;
  if (key !== "ArrowUp" || altKey || ctrlKey || metaKey || shiftKey || isComposing) return;
  const last = target.matches(".composer-text") && !target.value && [...workspace.querySelectorAll(".messages > .line[tabindex]")].at(-1);
  if (!last) return;
  event.preventDefault();
  last.focus();
});

function choose({ form: composer }) {
  const { value } = composer.elements.send_key;
  composer.querySelector(".send-button details").open = false;
  document.documentElement.dataset.sendKey = value;
  keepPreference("send_key", value);
}

workspace.addEventListener("click", ({ target }) => {
  const composer = target.closest('[data-form="composer"]');
  if (!composer || !target.closest("[data-notice] button")) return;
  const { session } = composer.dataset;
  const { other } = draftOf(session);
  textOf(composer).focus();
  if (target.matches("[data-sure]")) return submit(composer, true);
  if (target.matches("[data-seen]")) {
    showLines();
    keepDraft(session, "text", textOf(composer).value, { after: newestLine() });
  } else keepDraft(session, "text", textOf(composer).value, { other: undefined });
  if (target.matches("[data-take]")) {
    textOf(composer).select();
    insertText(other.text);
    changeMode(composer, other.mode);
  }
  showNotices(composer);
});

// Words that come back: not taken by the desk, or written in another tab.
document.addEventListener("desk:returned", ({ detail: session }) => {
  const composer = form();
  if (composer?.dataset.session !== session) return;
  const { text, mode } = draftOf(session);
  if (textOf(composer).value !== text) textOf(composer).value = text;
  showMode(composer, mode);
});

document.addEventListener("desk:placed", () => form() && showNotices(form()));
document.addEventListener("desk:outgoing", () => form() && showNotices(form()));
setInterval(() => form() && showNotices(form()), 1000);

// What was done before this was here to hear of it.
if (form()) {
  const { mode, send_key: sendKey, text } = form().elements;
  const draft = draftOf(form().dataset.session);
  if (text.value !== draft.text || (text.value && !draft.after)) wrote(form());
  if (mode.value !== draft.mode) changeMode(form());
  if (sendKey.value !== preferences.send_key) choose(sendKey[0]);
  prepare(form());
}
