// Two copies of a draft meet: this tab's and the one that the server has. Who wrote last wins there; here nobody's words
// are taken from under their fingers. Nor is a note that was only chosen yet: what is typed next is not for the customer.
//   mine: {text, mode, rev (of the server's as we last knew it), sent (of all ours since), typed (here), dirty (unsent)}
//   theirs: {text, mode, rev, base (the one that it was made from)}
// Answers what to do: "same", "push" ours, "adopt" theirs, "keep" ours, or "both": ours stays, theirs is offered.

export function meet(mine, theirs) {
  if (theirs.text === mine.text && theirs.mode === mine.mode) return "same";
  if (theirs.rev && (mine.rev === theirs.rev || mine.sent?.includes(theirs.rev))) return "push";
  if (!mine.typed || (!mine.text && mine.mode === "reply")) return "adopt";
  if (mine.text && !mine.dirty && theirs.base && theirs.base === mine.rev) return "adopt";
  if (!theirs.text) return mine.text && mine.dirty ? "push" : "keep";
  return "both";
}
