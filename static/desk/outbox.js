// What was said and is not answered for, kept in this browser until it is: neither a reload nor a crash loses it. It
// belongs to a person and their sign-in; whoever comes next on this computer does not see it, and it goes.

import { facts } from "./facts.js";

const ALL = "desk-outbox:";
const OURS = `${ALL}${encodeURIComponent(facts.user)}:`;
const keyOf = (id) => `${OURS}${facts.sign_in}:${id}`;

// entry: {id, at, command, handed (may have reached the hub), file (its name, while it is to be uploaded)}
export function keep(entry) {
  try {
    localStorage.setItem(keyOf(entry.id), JSON.stringify(entry));
  } catch {
    // storage is full or forbidden: the page still has it
  }
}

export const forget = (id) => localStorage.removeItem(keyOf(id));

// What an earlier page of this person left, oldest first. The hub does not know the ids of another sign-in: what is left
// of one may long have been sent.
export function left() {
  const found = [];
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(ALL))) {
    const entry = key.startsWith(OURS) && JSON.parse(localStorage.getItem(key));
    if (!entry) localStorage.removeItem(key);
    else if (key === keyOf(entry.id)) found.push(entry);
    else {
      localStorage.removeItem(key);
      found.push({ ...entry, at: 0, handed: true });
    }
  }
  return found.sort((one, other) => one.at - other.at);
}
