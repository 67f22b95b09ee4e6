// What the channel still takes of us, told apart from the page.
//   granted: {left, until, extra, extraUntil}: for the customer's words, and for a minute on top of it for a click.
// `waiting` are ours that the server has not counted yet; they are taken from what runs out first.

export function remaining({ left, until, extra, extraUntil }, waiting, now) {
  const onTop = extraUntil > now ? extra : 0;
  const words = until > now ? left : 0;
  const fromTop = Math.min(onTop, waiting);
  return {
    extra: onTop - fromTop,
    words: Math.max(0, words - (waiting - fromTop)),
    isOpen: until > now || extraUntil > now,
  };
}

// "ok"; "low": one more and then the last; "last"; "none": all spent; "shut": nothing granted any longer.
export function levelOf({ words, extra, isOpen }) {
  const left = words + extra;
  if (!isOpen) return "shut";
  return ["none", "last", "low"][left] ?? "ok";
}

// What these would take: "no" more than there is; "ask" all that is left; "yes".
export function verdict(left, cost) {
  if (cost > left) return "no";
  return cost === left ? "ask" : "yes";
}

// 41:12 is hours and minutes from an hour on, else minutes and seconds.
export function remainingTime(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [big, small] = seconds >= 3600 ? [seconds / 3600, (seconds % 3600) / 60] : [seconds / 60, seconds % 60];
  return `${Math.floor(big)}:${String(Math.floor(small)).padStart(2, "0")}`;
}
