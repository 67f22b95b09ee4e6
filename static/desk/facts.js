// What the page told the scripts when it was made: my seat, the ledger position, limits, and every word they say.

export const facts = JSON.parse(document.getElementById("desk-facts").textContent);

export const say = (word, values = {}) =>
  facts.words[word].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

export const csrf = document.querySelector('meta[name="csrf"]').content;
