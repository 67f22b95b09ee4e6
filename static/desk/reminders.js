// The dialog about sounds and notifications. Each choice counts at once, and is kept.

import { keepPreference } from "./preferences.js";
import { isBlocked, sample } from "./sound.js";

const form = () => document.querySelector("[data-reminders]");

export function showState() {
  form().querySelector(".sound-blocked").hidden = !isBlocked();
  form().querySelector("[data-denied]").hidden = Notification.permission !== "denied" || chosen() === "off";
}

const chosen = () => form().querySelector('[name="notify"]:checked').value;

async function change({ target }) {
  if (!target.closest("[data-reminders]")) return;
  if (target.name === "notify" && target.value !== "off") await Notification.requestPermission();
  const value = target.type === "checkbox" ? target.checked : target.type === "range" ? Number(target.value) : target.value;
  keepPreference(target.name, value);
  if (target.name === "volume") await sample("message");
  showState();
}

document.addEventListener("change", change);
document.addEventListener("click", async ({ target }) => {
  const kind = target.closest("[data-reminders] [data-hear]")?.dataset.hear;
  if (!kind) return;
  await sample(kind);
  showState();
});
