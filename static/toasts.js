// Short notices at the corner: `toast("…")` from any module, and by itself for htmx requests that failed.
// They are read aloud by the live region they appear in; an error stays longer than a remark.

const REMARK_MS = 4000;
const ERROR_MS = 10000;
const SHOWN_MAX = 4;

const corner = document.getElementById("toasts");

export function toast(text, { danger = false } = {}) {
  const note = document.createElement("p");
  note.className = danger ? "toast toast-danger" : "toast";
  note.textContent = text;
  corner.append(note);
  while (corner.children.length > SHOWN_MAX) corner.firstElementChild.remove();
  setTimeout(() => note.remove(), danger ? ERROR_MS : REMARK_MS);
}

function complaint(body) {
  try {
    return JSON.parse(body).error.message;
  } catch {
    return corner.dataset.failed;
  }
}

document.addEventListener("htmx:responseError", ({ detail }) => toast(complaint(detail.xhr.responseText), { danger: true }));
document.addEventListener("htmx:sendError", () => toast(corner.dataset.offline, { danger: true }));
