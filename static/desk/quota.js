// The meter beside the words: how many more the channel takes, and for how long. A channel without limits has none.

import { serverNow } from "./clocks.js";
import { waitingFor } from "./outgoing.js";
import { levelOf, remaining, remainingTime } from "./quota_rules.js";

const meterOf = (session) => document.getElementById(`meter-${session}`);

function rest(session) {
  const data = meterOf(session)?.dataset;
  if (!data?.shuts) return null;
  const granted = { left: +data.left, until: +data.shuts, extra: +data.extra, extraUntil: +data.extraShuts };
  return { granted, ...remaining(granted, waitingFor(session), serverNow()) };
}

// How many more can be sent to the customer of an open chat.
export function sendsLeft(session) {
  const left = rest(session);
  return left ? left.words + left.extra : Infinity;
}

// Brings the meter up to date; answers its level.
export function showQuota(session) {
  const left = rest(session);
  if (!left) return "ok";
  const meter = meterOf(session);
  const level = levelOf(left);
  const now = serverNow();
  const words = { left: left.words, time: remainingTime(left.granted.until - now), extra: left.extra, "extra-time": remainingTime(left.granted.extraUntil - now) };
  for (const place of meter.querySelectorAll("[data-quota]")) {
    const text = String(words[place.dataset.quota]);
    if (place.textContent !== text) place.textContent = text;
  }
  meter.querySelector(".quota-extra").hidden = left.granted.extraUntil <= now;
  meter.querySelector(".quota-words").hidden = left.granted.until <= now && left.isOpen;
  if (meter.dataset.level !== level) meter.dataset.level = level;
  meter.toggleAttribute("data-soon", left.granted.until > now && left.granted.until - now < 3_600_000);
  return level;
}
