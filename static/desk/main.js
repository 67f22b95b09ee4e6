// The desk page: what a person does becomes a command, what happened becomes pieces on the page.

import { toast } from "../toasts.js";
import { toEnd } from "./chat.js";
import { setClock, tick } from "./clocks.js";
import { focusComposer, prepareComposer, toggleNote } from "./composer.js";
import { closeTransfer, confirmHangUp, showKeys, showTransfer } from "./dialogs.js";
import { forgetDrafts } from "./drafts.js";
import { facts, say } from "./facts.js";
import "./files.js";
import { listen } from "./keys.js";
import { count, hasRow, isShort, mark, neighbour, reselect } from "./list.js";
import { outstanding, sendMedia, sendText, showOutgoing, useLine } from "./outgoing.js";
import { fetchFragment, placeFrame, sawUpTo } from "./pieces.js";
import { openRecorder } from "./recorder.js";
import { firstRing } from "./rings.js";
import { DeskSocket } from "./socket.js";
import { drop } from "./sound.js";
import "./voice.js";

const REFILL_EVERY_MS = 5000;
const workspace = document.getElementById("workspace");
let chosen = workspace.dataset.chosen;
let refilledAt = 0;

const line = new DeskSocket(facts.seq, {
  frame({ seq, event, html }) {
    if (html) placeFrame(Number(seq), html);
    if (event.type === "site_configured") refresh();
    const elsewhere = document.hidden || event.session !== chosen;
    if (event.type === "message_received" && event.seat === facts.seat && elsewhere && hasRow(event.session)) drop();
  },
  reset(seq) {
    sawUpTo(seq);
    refresh();
    if (chosen) open(chosen);
  },
  clock: setClock,
  state: showConnection,
  signedOut() {
    location.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  },
});
useLine(line);

// Opening a session; an empty one closes what is open.

async function open(session, { focus = false } = {}) {
  chosen = session;
  mark(session);
  history.replaceState(null, "", session ? `/desk?session=${session}` : "/desk");
  if (!session) return workspace.replaceChildren(document.getElementById("nothing").content.cloneNode(true));
  try {
    await fetchFragment(`/desk/sessions/${session}/chat`, (html) => {
      if (chosen !== session) return;
      workspace.innerHTML = html;
      htmx.process(workspace);
      ready();
      if (focus) focusComposer();
    });
  } catch {
    toast(say("load_failed"), { danger: true });
  }
}

function ready() {
  if (chosen) showOutgoing(chosen);
  prepareComposer();
  tick();
  toEnd();
}

// Both lists, the strip and the rings anew, when events cannot bring them up to date.
async function refresh() {
  const fresh = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const id of ["strip-seat", "panes", "rings"]) {
      document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    }
    reselect();
    count();
    mark(chosen);
    tick();
  };
  await fetchFragment("/desk", fresh).catch(() => toast(say("load_failed"), { danger: true }));
  document.dispatchEvent(new CustomEvent("desk:placed", { detail: [] }));
}

document.addEventListener("desk:placed", () => {
  if (!isShort() || Date.now() - refilledAt < REFILL_EVERY_MS) return;
  refilledAt = Date.now();
  refresh();
});

// The verbs.

async function ask(command) {
  const reply = await line.send(command);
  if (!reply.ok) toast(reply.error.message, { danger: true });
  return reply.ok;
}

const goOn = () => open(hasRow(chosen) ? chosen : neighbour(1), { focus: true });

const verbs = {
  sign_in_seat: () => ask({ do: "sign_in_seat" }),
  sign_out_seat: () => ask({ do: "sign_out_seat" }),
  set_presence: ({ presence, reason }) => ask({ do: "set_presence", presence, ...(reason && { reason }) }),
  reject: ({ session }) => ask({ do: "reject", session }),
  async accept({ session }) {
    if (await ask({ do: "accept", session })) open(session, { focus: true });
  },
  async hang_up({ session }) {
    const head = document.getElementById(`head-${session}`);
    if (head?.hasAttribute("data-ours") && !(await confirmHangUp())) return;
    if (await ask({ do: "hang_up", session })) document.querySelector('.wrap-up [name="disposition"]')?.focus();
  },
};

const forms = {
  async wrap_up(form) {
    const { session } = form.dataset;
    const { disposition, remark } = Object.fromEntries(new FormData(form));
    if (!(await ask({ do: "wrap_up", session, disposition, remark }))) return;
    forgetDrafts(session);
    toast(say("closed"));
    goOn();
  },
  async transfer(form) {
    const { session } = form.dataset;
    const { target, note } = Object.fromEntries(new FormData(form));
    const [kind, ...rest] = target.split(":");
    const reply = await line.send({ do: "transfer", session, [`to_${kind}`]: rest.join(":"), note });
    const complaint = form.querySelector(".complaint");
    complaint.hidden = reply.ok;
    if (!reply.ok) return void (complaint.textContent = reply.error.message);
    closeTransfer();
    toast(say("transferred"));
    if (kind === "group") goOn();
  },
};

async function once(button, act) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await act();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const verb = target.closest("[data-do]");
  const row = target.closest("[data-open]");
  const dialog = target.closest("[data-dialog]");
  const again = target.closest("[data-resend]");
  if (verb) once(verb, () => verbs[verb.dataset.do](verb.dataset));
  else if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(row.dataset.open, { focus: true });
  } else if (dialog) dialogs[dialog.dataset.dialog](dialog.dataset);
  else if (again) resend(again);
});

document.addEventListener("submit", (event) => {
  const act = forms[event.target.dataset.form];
  if (!act) return;
  event.preventDefault();
  once(event.target, () => act(event.target));
});

const dialogs = {
  transfer: ({ session }) => showTransfer(session).catch(() => toast(say("load_failed"), { danger: true })),
  voice: () => openRecorder(chosen),
  keys: showKeys,
};

function resend(button) {
  const { resend: session, media } = button.dataset;
  if (media) sendMedia(session, media);
  else sendText(session, button.closest(".line").querySelector(".words").textContent, "reply");
}

const press = (selector) => document.querySelector(selector)?.click();
listen({
  KeyA: () => firstRing() && verbs.accept(firstRing().dataset),
  KeyJ: () => neighbour(1) && open(neighbour(1), { focus: true }),
  KeyK: () => neighbour(-1) && open(neighbour(-1), { focus: true }),
  KeyE: () => press('.chat-head [data-do="hang_up"]'),
  KeyL: focusComposer,
  KeyP: toggleNote,
  KeyT: () => press('.chat-head [data-dialog="transfer"]:enabled'),
});

// The line.

const BANNER_AFTER_MS = 1200;
const WORD = { connecting: "connecting", open: "connected", waiting: "disconnected", stopped: "disconnected" };
let brokenSince = 0;

function showConnection(state, unanswered) {
  const connection = document.getElementById("connection");
  const banner = document.getElementById("reconnect");
  connection.dataset.state = state;
  connection.querySelector(".connection-word").textContent = say(WORD[state]);
  brokenSince = state === "open" ? 0 : brokenSince || Date.now();
  banner.hidden = !brokenSince || Date.now() - brokenSince < BANNER_AFTER_MS;
  banner.textContent = say("reconnecting") + (unanswered ? ` ${say("waiting_to_send", { n: unanswered })}` : "");
  if (brokenSince && banner.hidden) setTimeout(() => brokenSince && line && showConnection(connection.dataset.state, line.unanswered), BANNER_AFTER_MS);
}

addEventListener("beforeunload", (event) => {
  if (line.unanswered || outstanding()) event.preventDefault();
});

ready();
mark(chosen);
