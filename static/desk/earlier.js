// The customer's whole history, page by page upwards, without moving what is being read. What was paged in, or said
// hours ago, leaves again while one reads at the end: a long day must not make the page slow.

import { toast } from "../toasts.js";
import { say } from "./facts.js";
import { fetchFragment } from "./pieces.js";

const AHEAD_PX = 400;
const ITEMS_KEPT = 200;
const ITEMS_AT_ONCE = 2000; // no more than this comes by scrolling alone
let busy = false;

// Fetches the page above when one gets near it, or asks for it.
export async function grow(box, button) {
  const list = box.firstElementChild;
  const way = list.querySelector("[data-earlier]");
  const near = box.scrollTop < AHEAD_PX && list.childElementCount < ITEMS_AT_ONCE && !way?.hasAttribute("data-failed");
  if (!way || busy || (!button && !near)) return;
  busy = true;
  way.setAttribute("aria-busy", "true");
  try {
    await fetchFragment(way.dataset.earlier, (html) => way.isConnected ? putAbove(box, way, html) : []);
  } catch {
    way.setAttribute("data-failed", "");
    way.removeAttribute("aria-busy");
    toast(say("load_failed"), { danger: true });
  }
  busy = false;
}

function putAbove(box, way, html) {
  const row = way.closest(".earlier");
  const had = row.contains(document.activeElement);
  const edge = box.getBoundingClientRect().top;
  const lines = [...box.querySelectorAll(".messages > .line ~ .line")]; // the first may join a burst, and lose its head
  const line = lines.find((each) => each.getBoundingClientRect().bottom > edge) ?? row.nextElementSibling;
  const top = line.getBoundingClientRect().top;
  row.insertAdjacentHTML("beforebegin", html);
  row.remove();
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: box }));
  const days = new Set();
  for (const day of box.querySelectorAll(".day")) {
    if (days.has(day.id)) day.remove();
    days.add(day.id);
  }
  box.scrollTop += line.getBoundingClientRect().top - top;
  if (had) (box.querySelector("[data-earlier]") ?? box).focus({ preventScroll: true });
  return [box];
}

// Drops what is far above; the way back leads to exactly there.
export function keepShort(box, kept = ITEMS_KEPT) {
  const list = box.firstElementChild;
  const first = [...list.querySelectorAll(":scope > [data-seq]")].at(-kept);
  if (list.childElementCount < 2 * kept) return;
  const day = [...list.querySelectorAll(".day")].findLast((each) => each.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING);
  while (list.firstElementChild !== first) list.firstElementChild.remove();
  const row = box.parentElement.querySelector('[data-part="earlier"]').content.cloneNode(true);
  const [, of] = first.id.match(/(\d+-\d+)\./);
  const { chat } = box.parentElement.dataset;
  row.querySelector("button").dataset.earlier = `/desk/sessions/${chat}/lines?of=${of}&before=${first.dataset.seq}`;
  list.prepend(row, ...(day ? [day] : []));
}
