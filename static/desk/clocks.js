// Every clock on the page, ticked once a second from instants that the server gave, on the server's time.

import { facts } from "./facts.js";

let offset = facts.now - Date.now();

export function setClock(now) {
  offset = now - Date.now();
}

export const serverNow = () => Date.now() + offset;

export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  return hours ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function level(waited) {
  if (waited >= facts.late_s * 1000) return "late";
  return waited >= facts.warning_s * 1000 ? "warn" : "";
}

// The response clock: past the target it counts what is over it.
function graded(clock, waited) {
  const late = waited - facts.late_s * 1000;
  if (clock.dataset.level !== level(waited)) clock.dataset.level = level(waited);
  return late < 0 ? duration(waited) : `+${duration(late)}`;
}

export function tick(root = document) {
  const now = serverNow();
  for (const clock of root.querySelectorAll("[data-since]")) {
    const waited = now - Number(clock.dataset.since);
    write(clock, clock.parentElement.hasAttribute("data-levels") ? graded(clock.parentElement, waited) : duration(waited));
  }
  for (const clock of root.querySelectorAll("[data-until]")) write(clock, duration(Number(clock.dataset.until) - now + 999));
  for (const bar of root.querySelectorAll("[data-drains]")) bar.value = Math.max(0, Number(bar.dataset.drains) - now);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

setInterval(tick, 1000);
document.addEventListener("desk:placed", ({ detail }) => detail.forEach(tick));
tick();
