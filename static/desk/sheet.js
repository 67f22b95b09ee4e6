// Styles of what is fetched when it is first needed, from beside its script, each once. Without them it goes on plainly,
// and they are fetched again with the next need.

const fetched = new Map();

export const sheet = (name) => {
  if (!fetched.has(name)) fetched.set(name, new Promise((resolve) => fetch(name, resolve)));
  return fetched.get(name);
};

function fetch(name, resolve) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`${name}.css`, import.meta.url);
  link.onload = resolve;
  link.onerror = () => {
    fetched.delete(name);
    link.remove();
    resolve();
  };
  document.head.append(link);
}
