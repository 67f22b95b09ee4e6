// What is at hand goes to the caret: suggestions and articles by Alt and a number, canned replies by `/` (picker.js).

import { insertText } from "./composer.js";
import { early, load, wanted } from "./later.js";

const NEAR_PX = 60;
const GATHER_MS = 250;
const workspace = document.getElementById("workspace");
const find = (selector) => workspace.querySelector(selector);

export function put({ insert, reply }) {
  const session = find(".composer")?.dataset.session;
  insertText(insert);
  if (reply) early(load("canned"), ({ remember }) => remember(session, reply, insert));
}

document.addEventListener("click", ({ target }) => {
  const words = target.closest("button[data-insert]");
  words?.closest("dialog")?.close();
  if (words) put(words.dataset);
  else if (target.closest("[data-slash]")) wanted(load("picker"), ({ openHere }) => openHere());
});

document.addEventListener("keydown", (event) => {
  const n = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-9])$/.exec(event.code)?.[1];
  if (!n || document.querySelector("dialog[open]")) return;
  const from = event.target.closest(".knowledge") ?? find(".suggestions");
  const button = from?.querySelectorAll("[data-insert]")[n - 1];
  if (!button) return;
  event.preventDefault();
  button.click();
});

// The rest is loaded when somebody begins to write. Until then no Enter sends what asks for a list.
let loaded = false;
workspace.addEventListener("focusin", ({ target }) => {
  if (!target.closest(".composer, .knowledge")) return;
  early(load("knowledge"));
  early(load("picker"), () => (loaded = true));
});
workspace.addEventListener("keydown", (event) => {
  if (loaded || event.key !== "Enter" || !/^[/／、]\S*$/.test(event.target.value)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// What might be said to the customer's words. Only the newest answer counts; the end of the chat stays in sight.
let asked = 0;
export async function suggest() {
  const box = find(".suggestions");
  const mine = (asked += 1);
  const answer = box && (await fetch(box.dataset.address).catch(() => null));
  const html = answer?.ok ? await answer.text() : "";
  if (!box?.isConnected || mine !== asked) return;
  const chat = find(".chat-scroll");
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < NEAR_PX;
  box.innerHTML = html;
  if (atEnd) chat.scrollTop = chat.scrollHeight;
}

let soon;
document.addEventListener("desk:placed", ({ detail }) => {
  if (!detail.some((piece) => piece.matches(".chat-head, .chat-foot"))) return;
  clearTimeout(soon);
  soon = setTimeout(suggest, GATHER_MS);
});
