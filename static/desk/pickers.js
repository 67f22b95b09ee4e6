// What opens over the words being written: made when it is first wanted, with its style, and placed above something.

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("./pickers.css", import.meta.url);
const styled = new Promise((resolve) => (style.onload = style.onerror = resolve));
document.head.append(style);

export function makePicker(kind, popover) {
  const picker = document.createElement("div");
  picker.className = `picker picker-${kind}`;
  picker.popover = popover;
  document.body.append(picker);
  return picker;
}

// Inside the window, whatever it stands above.
export async function showAbove(picker, element) {
  await styled;
  if (!element.isConnected) return;
  if (!picker.matches(":popover-open")) picker.showPopover();
  const { left, top } = element.getBoundingClientRect();
  picker.style.insetInlineStart = `${Math.max(8, Math.min(left, innerWidth - picker.offsetWidth - 8))}px`;
  picker.style.insetBlockEnd = `${innerHeight - top + 6}px`;
}
