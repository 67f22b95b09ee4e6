// WeChat's emoji, to be chosen by pointer or by keys: type to search, arrows to move, Enter to put one in. With Shift the
// popup stays for more. The ones used last stand first, in this browser.

import { focusComposer, insertText } from "./composer.js";
import { failed } from "./later.js";
import { mark, marked } from "./listbox.js";
import { makePopup, showAbove } from "./popups.js";
import { fetchFragment } from "./pieces.js";

const RECENT = "desk-emoji";
const RECENT_MAX = 16;

const popup = makePopup("emoji", "auto");
let button;

const search = () => popup.querySelector("input");
const shown = () => [...popup.querySelectorAll(".emoji:not([hidden])")];

export async function openEmoji(by) {
  button = by;
  if (!search()) await fetchFragment("/desk/emoji", (html) => void (popup.innerHTML = html)).catch(failed);
  if (!search()) return;
  standInOrder();
  search().value = "";
  filter();
  await showAbove(popup, button);
  search().focus();
}

function recent() {
  try {
    return JSON.parse(localStorage.getItem(RECENT)) ?? [];
  } catch {
    return [];
  }
}

function standInOrder() {
  const list = popup.querySelector(".emoji-list");
  const used = recent().map((code) => list.querySelector(`[data-code="${CSS.escape(code)}"]`)).filter(Boolean);
  for (const each of list.children) each.classList.toggle("is-recent", used.includes(each));
  list.prepend(...used);
}

function filter() {
  const wanted = search().value.trim().toLowerCase();
  for (const each of popup.querySelectorAll(".emoji")) {
    each.hidden = wanted !== "" && !each.dataset.words.split(" ").some((word) => word.startsWith(wanted) || (wanted.length > 1 && word.includes(wanted)));
  }
  popup.querySelector(".emoji-none").hidden = shown().length > 0;
  stand(shown()[0]);
}

// What Enter would put in, by its name, too.
function stand(option) {
  mark(popup, search(), option);
  popup.querySelector(".emoji-name").textContent = option?.title ?? "";
}

function choose(option, more) {
  const { code } = option.dataset;
  if (!more) popup.hidePopover();
  insertText(code);
  if (more) search().focus();
  try {
    localStorage.setItem(RECENT, JSON.stringify([code, ...recent().filter((each) => each !== code)].slice(0, RECENT_MAX)));
  } catch {
    // storage is full or forbidden: the order stays as it is
  }
}

function move(key) {
  const options = shown();
  const at = options.indexOf(marked(popup));
  const columns = options.filter((each) => each.offsetTop === options[0].offsetTop).length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
  stand(options[Math.max(0, Math.min(options.length - 1, at + step))]);
}

popup.addEventListener("input", filter);
popup.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key.startsWith("Arrow") && marked(popup)) move(event.key);
  else if (event.key === "Enter") marked(popup) && choose(marked(popup), event.shiftKey);
  else return;
  event.preventDefault();
});
popup.addEventListener("click", ({ target, shiftKey }) => target.closest(".emoji") && choose(target.closest(".emoji"), shiftKey));
popup.addEventListener("toggle", ({ newState }) => {
  button.setAttribute("aria-expanded", String(newState === "open"));
  if (newState !== "closed") return;
  if (popup.contains(document.activeElement) || document.activeElement === document.body) focusComposer();
});
