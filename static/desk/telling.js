// What happened away from where somebody looks, said in a word and heard: a promise that is due, a customer who is back,
// a colleague who asks, or who does not take what was handed to them.

import { toast } from "../toasts.js";
import { facts, say } from "./facts.js";
import { hasRow } from "./list.js";
import { alarm, drop } from "./sound.js";

// Why a session that was handed to a colleague is still here.
const NOT_TAKEN = { offer_rejected: "transfer_rejected", offer_timed_out: "transfer_unanswered" };

const nameOf = (session) =>
  document.querySelector(`.row-item[data-session="${session}"]`)?.dataset.name ?? say("customer");

const clock = (at) =>
  new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: facts.zone });

// `elsewhere`: the session is not open here, or nobody looks at the page.
export function tell(event, elsewhere) {
  const { type, session } = event;
  if (type === "consult_begun" && event.to_seat === facts.seat) {
    const asker = document.getElementById(`consult-row-${session}`)?.dataset.asker ?? event.seat;
    heard(say("asked_by", { asker, name: nameOf(session) }), drop);
  } else if (type === "consult_said" && event.by_seat !== facts.seat) {
    if (elsewhere) drop();
  } else if (type === "seat_mentioned" && event.seat === facts.seat) {
    drop();
  } else if (event.from_seat === facts.seat && type === "session_accepted") {
    heard(say("transfer_taken"), drop);
  } else if (event.from_seat === facts.seat && type in NOT_TAKEN && hasRow(session)) {
    heard(say(NOT_TAKEN[type], { name: nameOf(session) }), drop, { danger: true });
  } else if (type === "session_moved" && event.to_seat === facts.seat) {
    heard(say("handed_over", { name: nameOf(session) }), drop);
  } else if (event.seat !== facts.seat) {
    return;
  } else if (type === "promise_warned") {
    heard(say("promise_due", { name: nameOf(session), time: clock(event.due_at) }), alarm, { danger: true });
  } else if (type === "promise_broken") {
    heard(say("promise_broken", { name: nameOf(session) }), alarm, { danger: true });
  } else if (type === "session_woken" && event.reason === "customer" && elsewhere) {
    heard(say("woken", { name: nameOf(session) }), drop);
  }
}

document.addEventListener("click", ({ target }) => target.closest?.("[data-dismiss]")?.closest(".toast").remove());

function heard(words, sound, options) {
  toast(words, options);
  sound();
}
