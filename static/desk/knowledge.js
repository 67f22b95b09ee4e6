// Looking something up by keyboard: Enter puts the first article's answer at the caret, arrows go down the titles. An
// Enter that comes before the answer to what was typed waits for it.

const workspace = document.getElementById("workspace");
let wanted = false;

workspace.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const shelf = target.closest(".knowledge");
  if (!shelf || event.isComposing || event.keyCode === 229) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step) {
    const stops = [...shelf.querySelectorAll("input, .link-button")];
    stops[stops.indexOf(target) + step]?.focus();
  } else if (key === "Enter" && target.matches("input")) insertFirst(shelf);
  else return;
  event.preventDefault();
});

function insertFirst(shelf) {
  wanted = shelf.querySelector("ol").dataset.asked !== shelf.querySelector("input").value;
  if (!wanted) shelf.querySelector("[data-insert]")?.click();
}

workspace.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  if (!target.matches(".knowledge-found")) return;
  target.dataset.asked = new URL(detail.pathInfo.finalRequestPath, location).searchParams.get("q");
  if (wanted) insertFirst(target.closest(".knowledge"));
});
