// What is at hand goes to the caret: suggestions and articles by Alt and a number, canned replies by `/` (picker.js).

import { remember } from "./canned.js";
import { insertText } from "./composer.js";

const NEAR_PX = 60;
const workspace = document.getElementById("workspace");
const find = (selector) => workspace.querySelector(selector);

export function put({ insert, reply }) {
  insertText(insert);
  if (reply) remember(find(".composer").dataset.session, reply, insert);
}

document.addEventListener("click", ({ target }) => {
  const words = target.closest("button[data-insert]");
  words?.closest("dialog")?.close();
  if (words) put(words.dataset);
  else if (target.closest("[data-slash]")) import("./picker.js").then(({ openHere }) => openHere());
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

// Loaded when somebody begins to write, or to look something up.
workspace.addEventListener("focusin", ({ target }) => {
  if (target.matches(".composer-text")) import("./picker.js");
  else if (target.closest(".knowledge")) import("./knowledge.js");
});

// The customer's words, or whose move it is, have changed: ask for suggestions anew. The chat's end stays in sight.
document.addEventListener("desk:placed", ({ detail }) => {
  if (find(".suggestions") && detail.some((piece) => piece.matches(".chat-head"))) htmx.trigger(find(".suggestions"), "words");
});
let atEnd = false;
workspace.addEventListener("htmx:beforeSwap", ({ target }) => {
  const chat = target.matches(".suggestions") && find(".chat-scroll");
  atEnd = chat && chat.scrollHeight - chat.scrollTop - chat.clientHeight < NEAR_PX;
});
workspace.addEventListener("htmx:afterSwap", () => {
  if (atEnd) find(".chat-scroll").scrollTop = find(".chat-scroll").scrollHeight;
  atEnd = false;
});
