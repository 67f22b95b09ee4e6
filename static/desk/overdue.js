// Customers who wait too long make themselves heard: once when it happens, and again every minute until they have an
// answer, unless their session is the one that somebody looks at.

import { say } from "./facts.js";
import { notify } from "./notices.js";
import { hear } from "./sound.js";

const AGAIN_AFTER_MS = 60_000;
const told = new Map(); // session → when it was last heard

export function look() {
  const late = new Map();
  for (const row of document.querySelectorAll("#rows .row-item[data-ours]")) {
    if (row.querySelector('[data-level="late"]')) late.set(row.dataset.session, row.dataset.name);
  }
  for (const session of told.keys()) if (!late.has(session)) told.delete(session);
  const now = Date.now();
  for (const [session, name] of late) {
    const since = told.get(session);
    const looksAt = !document.hidden && document.querySelector(`[data-chat="${session}"]`);
    if (since === undefined || (now - since >= AGAIN_AFTER_MS && !looksAt)) {
      told.set(session, now);
      hear("due");
      notify("due", session, say("overdue", { name }));
    }
  }
}
