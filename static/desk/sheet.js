// Styles of what is fetched when it is first needed, from beside its script.

export const sheet = (name) =>
  new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`${name}.css`, import.meta.url);
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
