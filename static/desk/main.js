// The desk page: what a person does becomes a command, what happened becomes pieces on the page.

import { toast } from "../toasts.js";
import { arrive, seenUpTo } from "./chat.js";
import { setClock, tick } from "./clocks.js";
import { focusComposer, prepareComposer, toggleNote } from "./composer.js";
import { offerVersion, showConnection } from "./connection.js";
import { confirmHangUp, isOpen, showCommandField, showForm, showWhy } from "./dialogs.js";
import { hasDraft, restoreDrafts, takeDrafts } from "./drafts.js";
import { facts, say } from "./facts.js";
import { hold, release, takes } from "./held_words.js";
import "./files.js";
import { listen } from "./keys.js";
import { early, failed, load, wanted } from "./later.js";
import "./layout.js";
import { count, hasRow, isShort, longestWaiting, mark, nameOf, neighbour, reselect, showMine } from "./list.js";
import { notify } from "./notices.js";
import { handOver, outstanding, showOutgoing, useLine } from "./outgoing.js";
import { fetchFragment, place, placeFrame, sawUpTo, settled } from "./pieces.js";
import { suggest } from "./replies.js";
import { answered, isSteady } from "./rings.js";
import { useSignals } from "./signals.js";
import { DeskSocket } from "./socket.js";
import { hear } from "./sound.js";

const REFILL_EVERY_MS = 5000;
const LOOK_EVERY_MS = 5000;
const AT_ONCE_MS = 1000;
const TOLD = /^(consult|promise|offer|seat_m|session_[ampw])/; // what `telling.js` may have a word for
const workspace = document.getElementById("workspace");
let chosen = workspace.dataset.chosen;
let refilledAt = 0;
let isStale = false; // something could not be fetched: the lists, or the chat of the chosen session

const line = new DeskSocket(facts, {
  frame({ seq, event, html }) {
    if (html) placeFrame(Number(seq), html, () => happened(event));
    else happened(event);
  },
  reset(seq) {
    sawUpTo(seq);
    refresh();
    if (chosen) renew(chosen);
  },
  drafts: takeDrafts,
  pieces: place,
  clock: setClock,
  state(state, retryAt) {
    showConnection(state, retryAt);
    if (state !== "open" || !line) return;
    handOver();
    if (isStale) renewAll();
  },
  version: (version) => version !== facts.version && offerVersion(),
  signedOut() {
    location.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  },
});
useLine(line);
useSignals(line);
document.addEventListener("desk:ask", ({ detail }) => line.send(detail));

function happened(event) {
  if (event.type === "site_configured") refresh();
  if (event.type === "session_accepted" && event.automatic && event.seat === facts.seat && !chosen) open(event.session);
  const elsewhere = document.hidden || event.session !== chosen;
  if (event.type === "message_received" && event.seat === facts.seat && elsewhere && hasRow(event.session)) {
    hear("message");
    notify("message", event.session, say("message_from", { name: nameOf(event.session) }));
  }
  if (event.type === "customer_described") early(customers(), (each) => each.described(event));
  if (TOLD.test(event.type)) early(load("telling"), ({ tell }) => tell(event, elsewhere));
}

// Who waits too long for an answer.
setInterval(() => early(load("overdue"), ({ look }) => look()), LOOK_EVERY_MS);

// Opening a session; an empty one closes what is open.

async function open(session, { focus = false } = {}) {
  chosen = session;
  mark(session);
  history.replaceState(null, "", session ? `/desk?session=${session}` : "/desk");
  holdBack(session);
  if (focus && workspace.inert) hold(session);
  else release();
  if (!session) return workspace.replaceChildren(document.getElementById("nothing").content.cloneNode(true));
  try {
    await fetchFragment(`/desk/sessions/${session}/chat?seen=${seenUpTo(session)}`, (html) => {
      if (chosen !== session) return;
      release();
      workspace.innerHTML = html;
      workspace.inert = false;
      htmx.process(workspace);
      ready();
      if (focus) focusComposer();
      return [workspace];
    });
  } catch {
    if (chosen === session) holdBack(session);
    stale();
  }
}

// Until a chat is here, nothing can be typed or pressed in another: it would go to the wrong customer.
function holdBack(session) {
  const shown = workspace.querySelector("[data-chat]")?.dataset.chat ?? "";
  workspace.inert = session !== "" && shown !== session;
  if (workspace.inert && workspace.contains(document.activeElement)) document.activeElement.blur(); // browsers do it later
}

// The open chat anew, around what is being written.
async function renew(session) {
  try {
    const { renewChat } = await load("renewed");
    if (chosen === session && !(await renewChat(session)) && chosen === session) await open(session);
  } catch {
    stale();
  }
}

function renewAll() {
  isStale = false;
  refresh();
  if (chosen) renew(chosen);
}

// What could not be fetched is fetched when the line is open again, or soon.
function stale() {
  if (isStale) return;
  isStale = true;
  toast(say("load_failed"), { danger: true });
  if (line.isOpen) setTimeout(() => isStale && line.isOpen && renewAll(), REFILL_EVERY_MS);
}
document.addEventListener("desk:stale", stale);
for (const failure of ["sendError", "responseError"]) {
  document.addEventListener(`htmx:${failure}`, ({ detail }) => detail.elt.matches('[hx-trigger~="load"]') && stale());
}

function ready() {
  if (chosen) showOutgoing(chosen);
  prepareComposer();
  suggest();
  tick();
  arrive();
}

// Both lists, the strip and the rings anew, when events cannot bring them up to date.
async function refresh() {
  const fresh = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const filled = ["strip-seat", "panes", "rings"].map((id) => document.getElementById(id));
    for (const each of filled) each.replaceChildren(...page.getElementById(each.id).childNodes);
    reselect();
    count();
    mark(chosen);
    tick();
    return filled;
  };
  await fetchFragment("/desk", fresh).catch(stale);
  document.dispatchEvent(new CustomEvent("desk:placed", { detail: [] }));
}

document.addEventListener("desk:placed", () => {
  if (!isShort() || Date.now() - refilledAt < REFILL_EVERY_MS) return;
  refilledAt = Date.now();
  refresh();
});

// Who the customer is can be edited once somebody goes there.
async function customers() {
  const module = await load("customer");
  module.useLine(line);
  return module;
}

document.addEventListener("focusin", ({ target }) => target.closest(".customer") && early(customers()));
document.addEventListener("htmx:afterSettle", ({ target }) => target.closest(".context") && restoreDrafts(target.closest(".context")));

// Voices can be played once there is one, also while what plays them is on its way.
for (const change of ["desk:placed", "desk:shown"]) {
  document.addEventListener(change, () => workspace.querySelector("[data-voice]") && early(load("voice")));
}
workspace.addEventListener("click", ({ target }) => {
  if (target.closest("[data-voice]")) wanted(load("voice"), ({ press }) => press(target));
});

// The verbs.

const forms = () => load("forms");
document.addEventListener("focusin", ({ target }) => target.form?.matches("[data-form]:not(.composer)") && early(forms()));

async function ask(command) {
  const reply = await line.send(command);
  await settled();
  if (!reply.ok) toast(reply.error.message, { danger: true });
  return reply.ok;
}

// What moves on to another customer does so at once, as it is known to. Where the answer is late and somebody has gone on
// meanwhile, nobody is moved, nor their caret: the next word would go to the wrong customer.
let touches = 0;
for (const kind of ["keydown", "pointerdown", "input"]) {
  document.addEventListener(kind, (event) => takes(event) || event.repeat || touches++, { capture: true });
}

function stillness() {
  const [before, since] = [touches, performance.now()];
  return () => touches === before || performance.now() - since < AT_ONCE_MS;
}

function goOn(isStill) {
  if (isStill()) open(hasRow(chosen) ? chosen : neighbour(1), { focus: true });
  else if (!hasRow(chosen)) open(neighbour(1));
}

// What was parked is out of the way: the next in service, if there is one.
function onToTheNext(session, isStill) {
  const next = document.querySelector(`#rows .row-item:not([data-session="${session}"])`);
  if (next && isStill()) open(next.dataset.session, { focus: true });
}

async function askAndOpen(command) {
  const isStill = stillness();
  if (document.activeElement === document.body) hold(command.session);
  if ((await ask(command)) && isStill() && !isOpen()) {
    showMine();
    open(command.session, { focus: true });
  } else release();
}

const verbs = {
  sign_in_seat: () => ask({ do: "sign_in_seat" }),
  sign_out_seat: () => (hasRow() ? dialogs.hand_over() : ask({ do: "sign_out_seat" })),
  set_presence: ({ presence, reason }) => ask({ do: "set_presence", presence, ...(reason && { reason }) }),
  reject({ session }) {
    if (!isSteady()) return;
    answered(session);
    return ask({ do: "reject", session });
  },
  accept({ session }) {
    if (!isSteady()) return;
    answered(session);
    return askAndOpen({ do: "accept", session });
  },
  step_in: ({ session }) => askAndOpen({ do: "step_in", session }),
  async park({ session }) {
    const isStill = stillness();
    if (!(await ask({ do: "park", session }))) return;
    toast(say("parked"));
    onToTheNext(session, isStill);
  },
  resume: ({ session }) => ask({ do: "resume", session }),
  set_turn: ({ session, turn }) => ask({ do: "set_turn", session, turn }),
  mark_customer: ({ session, mark, on }) => ask({ do: "mark_customer", session, mark, on: on === "yes" }),
  untag: (data) => wanted(customers(), (each) => each.untag(data)),
  end_consult: ({ session }) => ask({ do: "end_consult", session }),
  async hang_up({ session }) {
    const head = document.getElementById(`head-${session}`);
    const unfinished = head?.matches("[data-ours], :has(.chip-promise)") || hasDraft(session);
    if (unfinished && !(await confirmHangUp())) return;
    if (await ask({ do: "hang_up", session })) document.querySelector('.wrap-up [name="disposition"]')?.focus();
  },
};

async function once(button, act) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = true;
  try {
    await act();
  } finally {
    button.ariaDisabled = null;
    if (document.activeElement === document.body && !isOpen()) focusComposer(); // the button went with what it did
  }
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const verb = target.closest("[data-do]");
  const row = target.closest("[data-open]");
  const dialog = target.closest("[data-dialog]");
  if (verb) once(verb, () => verbs[verb.dataset.do](verb.dataset));
  else if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(row.dataset.open, { focus: true });
  } else if (dialog) dialogs[dialog.dataset.dialog](dialog.dataset);
});

document.addEventListener("submit", (event) => {
  const { form } = event.target.dataset;
  if (!form || form === "composer") return;
  event.preventDefault();
  const isStill = stillness();
  once(event.target, async () => {
    const { submitForm } = await forms().catch(failed) ?? {};
    const desk = { ask, line, goOn: () => goOn(isStill), onToTheNext: (session) => onToTheNext(session, isStill) };
    await submitForm?.(event.target, desk);
  });
});

const about = (form) => ({ session }) => wanted(showForm(`/desk/sessions/${session}/${form}`));

const dialogs = {
  transfer: about("transfer"),
  consult: about("consult"),
  promise: ({ session }) => Promise.all([load("promises"), showForm(`/desk/sessions/${session}/promise`)]).catch(failed),
  hand_over: () => wanted(showForm("/desk/hand-over")),
  why: ({ session }) => wanted(showWhy(session)),
  article: ({ session, article }) => wanted(showForm(`/desk/sessions/${session}/knowledge/${article}`)),
  keep_reply: ({ words }) => wanted(load("keep_reply"), ({ keepReply }) => keepReply(words)),
  voice: () => wanted(load("recorder"), ({ openRecorder }) => openRecorder(chosen)),
  search: () => wanted(load("search"), ({ openSearch }) => openSearch()),
  keys: () => wanted(showForm("/desk/keys", "keys")),
  commands() {
    if (!showCommandField()) return;
    wanted(load("commands"), ({ fillCommands }) => fillCommands(open));
  },
  reminders: () => Promise.all([showForm("/desk/reminders", "reminders"), load("reminders")]).then(([, { showState }]) => showState()).catch(failed),
};

document.addEventListener("desk:line", ({ detail }) => detail.act === "keep" && dialogs.keep_reply(detail));

const goTo = (session) => session && open(session, { focus: true });
listen({
  commands: dialogs.commands,
  keys: dialogs.keys,
  reply: focusComposer,
  note: toggleNote,
  recall: () => wanted(load("line_tools"), ({ recallLast }) => recallLast()),
  next: () => goTo(neighbour(1)),
  previous: () => goTo(neighbour(-1)),
  longest: () => (showMine(), goTo(longestWaiting())),
  close: () => open(""),
});

// The line.

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-reconnect]")) line.hurry();
  if (target.closest("#new-version")) location.reload();
});

addEventListener("beforeunload", (event) => {
  if (line.unanswered || outstanding()) event.preventDefault();
});

ready();
mark(chosen);
if ("htmx" in window) document.getElementById("lifeless")?.remove();
