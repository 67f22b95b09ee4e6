// Where a row stands: by its key, or by who spoke last, as the person likes it. A row is moved alone, when its key asks for
// it; but nothing moves while the pointer is over the lists or the keyboard's focus in them. A new row then comes at the
// end, and what was put off is put right when they are left.

import { preferences } from "./preferences.js";

const panes = document.getElementById("panes");
const putOff = new Set();

// What has no key is no row: the button for older ones stays below all of them.
const keyOf = ({ dataset }) => Number((preferences.sort === "recent" && dataset.recent) || (dataset.key ?? Infinity));

const isHeld = (list) => panes.contains(list) && panes.matches(":hover, :has(:focus-visible)");

export function settle(row) {
  const list = row.parentElement;
  const [before, after, key] = [row.previousElementSibling, row.nextElementSibling, keyOf(row)];
  if (!(before && keyOf(before) > key) && !(after && keyOf(after) < key)) return;
  if (isHeld(list)) return putOff.add(list);
  let next = list.firstElementChild;
  while (next && (next === row || keyOf(next) <= key)) next = next.nextElementSibling;
  keepingInSight(list, () => list.insertBefore(row, next));
}

// The whole list: another order was chosen, or much was put off.
export function resettle(list) {
  const sorted = [...list.children].sort((a, b) => keyOf(a) - keyOf(b));
  keepingInSight(list, () => sorted.forEach((row, at) => list.children[at] !== row && list.insertBefore(row, list.children[at])));
}

// By being moved, the row of the open session does not leave the sight, nor one the focus. A row that has just been
// placed is not marked as the open one yet: the chat tells.
function keepingInSight(list, move) {
  const chat = document.querySelector("[data-chat]")?.dataset.chat;
  const open = list.querySelector(`:scope > [data-session="${chat}"]`);
  const focused = document.activeElement;
  const wasSeen = open && isSeen(open);
  move();
  if (list.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
  if (wasSeen && !isSeen(open)) open.scrollIntoView({ block: "nearest" });
}

function isSeen(row) {
  const [there, frame] = [row.getBoundingClientRect(), panes.getBoundingClientRect()];
  return there.top >= frame.top && there.bottom <= frame.bottom;
}

function catchUp() {
  for (const list of putOff) {
    if (list.isConnected && isHeld(list)) return;
    putOff.delete(list);
    if (list.isConnected) resettle(list);
  }
}

for (const left of ["pointerleave", "focusout"]) panes.addEventListener(left, () => requestAnimationFrame(catchUp));
