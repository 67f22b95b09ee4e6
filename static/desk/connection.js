// Whether the line is up, where everybody sees it: a word in the strip, and, when it stays down, what waits to be sent
// and when it is tried again. A short break shows nothing.

import { toast } from "../toasts.js";
import { serverNow } from "./clocks.js";
import { say } from "./facts.js";
import { waiting } from "./outgoing.js";

const BANNER_AFTER_MS = 1200;
const WORD = { connecting: "connecting", open: "connected", waiting: "disconnected", stopped: "disconnected" };
const connection = document.getElementById("connection");
const banner = document.getElementById("reconnect");
let brokenSince = 0;

export function showConnection(state, retryAt) {
  const isBack = state === "open" && connection.dataset.state !== "open";
  connection.dataset.state = state;
  if (isBack) document.dispatchEvent(new Event("desk:connected"));
  connection.querySelector(".connection-word").textContent = say(WORD[state]);
  if (state === "open") brokenSince = 0;
  else if (!brokenSince) {
    brokenSince = Date.now();
    setTimeout(showBanner, BANNER_AFTER_MS);
  }
  const left = banner.querySelector("[data-until]");
  left.parentElement.hidden = state !== "waiting";
  left.dataset.until = serverNow() + retryAt - Date.now();
  showBanner();
}

function showBanner() {
  banner.hidden = !brokenSince || Date.now() - brokenSince < BANNER_AFTER_MS;
  const words = banner.querySelector(".reconnect-words");
  const n = waiting();
  const said = say("reconnecting") + (n ? ` ${say("waiting_to_send", { n })}` : "");
  if (words.textContent !== said) words.textContent = said;
}

document.addEventListener("desk:outgoing", () => brokenSince && showBanner());

// Softly: what is being written stays, and who is busy goes on.
export function offerVersion() {
  if (!document.getElementById("new-version").hidden) return;
  toast(say("new_version"));
  document.getElementById("new-version").hidden = false;
}
