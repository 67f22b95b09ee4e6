// What can be done with a line. One toolbar serves them all: it stands beside the line that is pointed at, or that has
// the focus. Up and down lead from line to line, Enter or right into the toolbar, Esc back.

import { toast } from "../toasts.js";
import { insertText } from "./composer.js";
import { say } from "./facts.js";
import { recall, sendMedia, sendText } from "./outgoing.js";
import { keepPreference, preferences } from "./preferences.js";
import { sheet } from "./sheet.js";

const QUOTE_MAX = 120;
const LINE = ".messages > .line[tabindex]";
const workspace = document.getElementById("workspace");
const undo = document.getElementById("dialog-undo");
const twice = document.getElementById("dialog-resend");
const dressed = sheet("line_tools");
let line = null;
let focused = null; // the line that had the focus last, which its successor gets

const bar = () => workspace.querySelector(".line-tools");
const buttons = () => [...bar().querySelectorAll("button:not([hidden])")];
const sessionOf = () => workspace.querySelector(".chat").dataset.chat;
const messageOf = (of) => of.id.slice("line-".length);

// The words as they were written: a sign stands for a code, which is its title.
function wordsOf(of) {
  const words = of.querySelector(".words").cloneNode(true);
  for (const sign of words.querySelectorAll(".emoji")) sign.replaceWith(sign.title);
  return words.textContent;
}

function show(of) {
  const tools = bar();
  if (!tools || of === line) return;
  line = of;
  if (!line) return void (tools.hidden = true);
  for (const button of tools.querySelectorAll("button")) button.hidden = !line.matches(button.dataset.for);
  buttons().forEach((button, at) => (button.tabIndex = at ? -1 : 0));
  tools.firstElementChild.textContent = line.querySelector("time").title;
  dressed.then(() => {
    if (line !== of || !of.isConnected) return;
    tools.hidden = false;
    stand(tools);
  });
}

// Beside what the customer said, where nothing else is; above what we said, for its fate stands beside it.
function stand(tools) {
  const chat = tools.parentElement.getBoundingClientRect();
  const box = workspace.querySelector(".chat-scroll").getBoundingClientRect();
  const bubble = line.querySelector(".bubble").getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tools;
  const isBeside = line.matches(".line-customer") && bubble.right + 6 + width < box.right - 16;
  const left = isBeside ? bubble.right + 6 : bubble.right - width;
  tools.style.left = `${Math.max(4, left - chat.left)}px`;
  tools.style.top = `${Math.max(isBeside ? bubble.top : bubble.top - height + 4, box.top) - chat.top}px`;
}

// Something in the chat is pointed at, or gets the focus.
export function look(target) {
  if (target.closest(".line-tools") || bar()?.contains(document.activeElement)) return;
  show(target.closest(LINE) ?? document.activeElement.closest(LINE));
}

workspace.addEventListener("pointerover", ({ target }) => look(target));
workspace.addEventListener("pointerleave", () => bar()?.contains(document.activeElement) || show(null));
workspace.addEventListener("scroll", () => line && (line.isConnected ? stand(bar()) : show(null)), { capture: true, passive: true });
document.addEventListener("desk:placed", () => {
  if (!line || line.isConnected) return;
  const [old, held] = [line, bar()?.contains(document.activeElement)];
  show(document.getElementById(old.id));
  if (held ? document.activeElement.hidden : old === focused) line?.focus({ preventScroll: true });
});

workspace.addEventListener("focusin", ({ target }) => {
  const at = target.closest(LINE);
  if (at && at === target) {
    focused = at;
    workspace.querySelector(`${LINE}[tabindex="0"]`)?.setAttribute("tabindex", "-1");
    at.tabIndex = 0;
  }
  if (target.closest(".line-tools")) return;
  if (at !== target) focused = null;
  show(at);
});

workspace.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const next = target.closest(".line-tools") ? inBar(key, target) : target.matches(`.chat-scroll, ${LINE}`) && among(key, target);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

function inBar(key, button) {
  const all = buttons();
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (step) return all[(all.indexOf(button) + step + all.length) % all.length];
  return key === "Escape" && line;
}

function among(key, from) {
  if (from === line && (key === "Enter" || key === "ArrowRight")) return buttons()[0];
  if (from === line && key === "Escape") return workspace.querySelector(".composer-text") ?? from.closest(".chat-scroll");
  const lines = [...workspace.querySelectorAll(LINE)];
  const at = lines.indexOf(from);
  if (key === "ArrowUp") return at < 0 ? lines.at(-1) : lines[at - 1];
  if (key === "ArrowDown") return at < 0 ? lines.at(-1) : lines[at + 1];
  return at >= 0 && { Home: lines[0], End: lines.at(-1) }[key];
}

// What was said last is wanted back, if it can be yet.
export function recallLast() {
  const last = [...workspace.querySelectorAll('.line-seat:is([data-delivery="sending"], [data-delivery="delivered"])')].at(-1);
  if (last) acts.recall(last);
}

// The acts; what is none of these is somebody else's, who listens for `desk:line`.

const acts = {
  copy: (of) => copy(wordsOf(of)),
  edit: (of) => insertText(wordsOf(of)),
  quote(of) {
    const words = wordsOf(of).trim();
    insertText(`「${words.length > QUOTE_MAX ? `${words.slice(0, QUOTE_MAX)}…` : words}」\n`);
  },
  async resend(of) {
    if (of.querySelector(".failure [data-uncertain]") && !(await agreed())) return;
    const { media } = of.dataset;
    const resends = messageOf(of);
    if (media) sendMedia(sessionOf(), media, { resends });
    else sendText(sessionOf(), wordsOf(of), { resends });
  },
  async recall(of) {
    const reply = await recall(sessionOf(), messageOf(of));
    if (reply.error?.code === "recall_too_late") offerToHold();
    else if (!reply.ok) toast(reply.error.message, { danger: true });
  },
};

export function act(button) {
  const { act: name } = button.dataset;
  const of = button.closest(LINE) ?? line;
  if (!of) return;
  if (acts[name]) acts[name](of);
  else document.dispatchEvent(new CustomEvent("desk:line", { detail: { act: name, line: of, words: wordsOf(of) } }));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page that is not served securely has no clipboard
    getSelection().selectAllChildren(line.querySelector(".words"));
    document.execCommand("copy");
  }
  toast(say("copied"));
}

function agreed() {
  twice.returnValue = "";
  twice.showModal();
  return new Promise((resolve) => {
    twice.addEventListener("close", () => resolve(twice.returnValue === "yes"), { once: true });
  });
}

function offerToHold() {
  undo.querySelector(`[value="${preferences.undo_s}"]`).checked = true;
  undo.showModal();
}

undo.addEventListener("change", ({ target }) => keepPreference("undo_s", Number(target.value)));
