// The system's own notifications, while nobody looks at the page. In private they say that something is there and not
// who or what: a screen in a bank has more than one reader. Of several tabs only the one that rings shows them.

import { facts, say } from "./facts.js";
import { preferences } from "./preferences.js";
import { speaksForAll } from "./sound.js";

const shown = new Map(); // session → notification

export function notify(kind, session, words) {
  if (preferences.notify === "off" || !document.hidden || !speaksForAll()) return;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const body = preferences.notify === "private" ? say(`notify_${kind}`) : words;
  const notice = new Notification(facts.words.desk, { body, tag: `${kind}-${session}`, silent: true });
  notice.onclick = () => {
    focus();
    notice.close();
    document.querySelector(`[data-open="${session}"]`)?.click();
  };
  shown.set(`${kind}-${session}`, notice);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const notice of shown.values()) notice.close();
  shown.clear();
});
