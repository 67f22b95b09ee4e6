// What opens over the words being written: made when it is first wanted, with its style, and placed above something.

import { sheet } from "./sheet.js";

const styled = sheet("popups");

export function makePopup(kind, popover) {
  const popup = document.createElement("div");
  popup.className = `popup popup-${kind}`;
  popup.popover = popover;
  document.body.append(popup);
  return popup;
}

// Inside the window, whatever it stands above.
export async function showAbove(popup, element) {
  await styled;
  if (!element.isConnected) return;
  if (!popup.matches(":popover-open")) popup.showPopover();
  const { left, top } = element.getBoundingClientRect();
  popup.style.insetInlineStart = `${Math.max(8, Math.min(left, innerWidth - popup.offsetWidth - 8))}px`;
  popup.style.insetBlockEnd = `${innerHeight - top + 6}px`;
}
