// Which key press sends. Enter belongs to an input method while it composes: then the press comes with `isComposing`; in
// Safari the Enter that ends a composition comes after it, and with key code 229. Any other Enter is the person's own.

export function sends(event, preferred) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  if (event.isComposing || event.keyCode === 229) return false;
  return preferred === "enter" || Boolean(event.ctrlKey || event.metaKey);
}
