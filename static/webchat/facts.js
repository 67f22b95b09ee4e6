// What the server gave the page to begin with.

export const facts = JSON.parse(document.getElementById("facts").textContent);

export const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), facts.words[key]);
