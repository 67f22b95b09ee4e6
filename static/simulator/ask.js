// Asks with one of the page's dialogs; answers the form's fields, or null when cancelled.

export function ask(name) {
  const dialog = document.getElementById(`ask-${name}`);
  const form = dialog.querySelector("form");
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null),
      { once: true },
    );
    dialog.showModal();
  });
}
