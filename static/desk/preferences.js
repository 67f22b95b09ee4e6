// How this person likes their desk: known when the page was made, kept on the server with each change.

import { toast } from "../toasts.js";
import { csrf, facts, say } from "./facts.js";

export const preferences = facts.preferences;

// Keeps a choice; the page already acts on it, and is told where the server could not keep it.
export async function keepPreference(name, value) {
  preferences[name] = value;
  const answer = await fetch("/preferences", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify({ [name]: value }),
  }).catch(() => null);
  if (!answer?.ok) toast(say("preference_not_kept"), { danger: true });
}
