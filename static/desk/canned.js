// Which canned replies the words being written were made of: said when they are sent, for that is what is counted.
// A reply that was rewritten counts no longer: its longest run of letters must still be there.

const put = new Map(); // session → [{reply, run}]

export function remember(session, reply, text) {
  const [run] = text.split(/[\p{P}\s]+/u).toSorted((a, b) => b.length - a.length);
  put.set(session, [...(put.get(session) ?? []), { reply, run }]);
}

export function cannedIn(session, text) {
  const kept = (put.get(session) ?? []).filter(({ run }) => text.includes(run));
  put.delete(session);
  return kept.length ? { canned: [...new Set(kept.map(({ reply }) => reply))].slice(0, 8) } : {};
}
