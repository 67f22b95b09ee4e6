// The desk by keyboard: each key presses a button of the page, or does one of the few things without one. Letters are
// taken by their place on the keyboard (`code`), because Alt types other characters.

import { isOpen } from "./dialogs.js";
import { facts } from "./facts.js";

const RINGS = ["accept", "reject"]; // answered from a dialog, too
let own;

const typing = (target) => target.matches("input, textarea, select, [contenteditable]");
const button = ({ press }) => document.querySelector(press);

export const isAvailable = (action) => Boolean(action.press ? button(action) : own[action.id]);

// What is about a session waits for its chat: the one before it is still on the page.
export function perform(action) {
  const pressed = action.press ? button(action) : document.querySelector(".composer");
  if (action.place === "session" && pressed?.closest("[inert]")) return;
  const context = pressed?.closest(".context");
  if (context && !context.checkVisibility()) document.querySelector('.strip [data-prefer="context"]').click();
  if (action.press) pressed?.click();
  else own[action.id]();
}

// `acts`: what to do for actions without a button, by their names in `desk/actions.py`.
export function listen(acts) {
  own = acts;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const { ctrlKey, metaKey, altKey, shiftKey, code, key, target } = event;
    const act = found();
    if (!act) return;
    event.preventDefault();
    act();

    function found() {
      if ((ctrlKey || metaKey) && !altKey && !shiftKey && code === "KeyK") return own.commands;
      if (!ctrlKey && !altKey && !metaKey) return key === "?" && !typing(target) && !isOpen() && own.keys;
      const transfer = ctrlKey && shiftKey && code === "KeyT";
      if (!transfer && (!altKey || ctrlKey || metaKey)) return null;
      const bound = facts.actions.filter((each) => each.code === code && (transfer || each.shift === shiftKey));
      const action = bound.find(isAvailable) ?? bound[0];
      if (isOpen() && !RINGS.includes(action?.id)) return null;
      return action && (() => perform(action));
    }
  });
}
