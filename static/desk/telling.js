// What happened away from where somebody looks, said in a word and heard: a promise that is due, a customer who is back,
// a colleague who asks, or who does not take what was handed to them. Only said: a customer who stays away.

import { toast } from "../toasts.js";
import { facts, say } from "./facts.js";
import { hasRow, nameOf } from "./list.js";
import { notify } from "./notices.js";
import { hear } from "./sound.js";

// Why a session that was handed to a colleague is still here.
const NOT_TAKEN = { offer_rejected: "transfer_rejected", offer_timed_out: "transfer_unanswered" };

const clock = (at) =>
  new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: facts.zone });

// `elsewhere`: the session is not open here, or nobody looks at the page.
export function tell(event, elsewhere) {
  const { type, session } = event;
  if (type === "consult_begun" && event.to_seat === facts.seat) {
    const asker = document.getElementById(`consult-row-${session}`)?.dataset.asker ?? event.seat;
    heard(session, say("asked_by", { asker, name: nameOf(session) }), "colleague");
  } else if (type === "consult_said" && event.by_seat !== facts.seat) {
    if (elsewhere) hear("colleague");
  } else if (type === "seat_mentioned" && event.seat === facts.seat) {
    hear("colleague"); // the piece says it
    notify("colleague", session, document.querySelector(`#mention-${session} p`)?.textContent ?? "");
  } else if (event.from_seat === facts.seat && type === "session_accepted") {
    heard(session, say("transfer_taken"), "colleague");
  } else if (event.from_seat === facts.seat && type in NOT_TAKEN && hasRow(session)) {
    heard(session, say(NOT_TAKEN[type], { name: nameOf(session) }), "colleague", { danger: true });
  } else if (type === "session_moved" && event.to_seat === facts.seat) {
    heard(session, say("handed_over", { name: nameOf(session) }), "colleague");
  } else if (event.seat !== facts.seat) {
    return;
  } else if (type === "promise_warned") {
    heard(session, say("promise_due", { name: nameOf(session), time: clock(event.due_at) }), "due", { danger: true });
  } else if (type === "promise_broken") {
    heard(session, say("promise_broken", { name: nameOf(session) }), "due", { danger: true });
  } else if (type === "session_woken" && event.reason === "customer" && elsewhere) {
    heard(session, say("woken", { name: nameOf(session) }), "message");
  } else if (type === "session_parked" && event.reason === "silence") {
    toast(say("parked_by_itself", { name: nameOf(session) }));
  }
}

document.addEventListener("click", ({ target }) => target.closest?.("[data-dismiss]")?.closest(".toast").remove());

function heard(session, words, kind, options) {
  toast(words, options);
  hear(kind);
  notify(kind, session, words);
}
