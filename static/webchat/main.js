// The chat in its frame. Everything said comes from the desk, by its own numbers; this page adds what the visitor is
// just sending, and says which lines it has got.

import * as composer from "./composer.js";
import { facts, say } from "./facts.js";
import * as host from "./host.js";
import * as keep from "./keep.js";
import * as lines from "./lines.js";
import * as rating from "./rating.js";
import * as pictures from "./pictures.js";
import * as scroll from "./scroll.js";
import { DeskLine } from "./socket.js";

await keep.ready;

const SEEN_TOGETHER_MS = 60;
const SEEN_MAX = 200;
const TYPING_MS = 15_000;

const stage = document.getElementById("stage");
const banner = document.getElementById("banner");
const earlier = document.getElementById("earlier");
const partial = document.getElementById("partial");
const unreadLines = new Set(); // numbers of what the desk said and the visitor has not looked at
const typing = document.getElementById("typing");
let typingEnds;
let served = ""; // who serves
let seen = [];
let asked = false; // whether earlier lines are on their way

document.documentElement.style.setProperty("--accent", facts.colour);
document.documentElement.style.setProperty("--on-accent", facts.ink);

const line = new DeskLine(facts.account, facts.lang, {
  welcome(welcome) {
    asked = false;
    composer.limit(welcome.text_max);
    showStage(welcome.stage);
    const [first] = welcome.lines;
    if (first && welcome.more && first.seq > lines.newest()) lines.clear(); // more was missed than one page tells
    showPage(welcome);
    lines.keepOnly(welcome.lines);
    got(welcome.lines);
    lookFor(lines.place(welcome.lines, { quietly: lines.isEmpty() }));
    if (!welcome.more && facts.welcome && !document.querySelector(".welcome")) lines.welcome(facts.welcome);
    scroll.came(false);
    host.tell({ talking: !lines.isEmpty() });
    waitFor(line.outstanding);
  },
  line(said) {
    if (said.by === "agent") showTyping(false);
    got([said]);
    lookFor(lines.place([said]));
    scroll.came(said.by === "visitor");
    host.tell({ talking: true });
  },
  gone: lines.takeOff,
  stage: showStage,
  typing: showTyping,
  earlier(page) {
    asked = false;
    scroll.above(() => {
      showPage(page);
      got(page.lines);
      lookFor(lines.place(page.lines, { quietly: true }));
      if (!page.more && facts.welcome && !document.querySelector(".welcome")) lines.welcome(facts.welcome);
    });
  },
  taken(id) {
    lines.tell(id, "");
  },
  delayed(id, { message }) {
    lines.tell(id, message);
  },
  refused(id, { message }) {
    if (!id) asked = false; // earlier lines were, for now
    lines.fail(id, `${say("failed")}：${message}`, [[say("remove"), () => {}]]);
  },
  state(name) {
    banner.hidden = name === "open";
    banner.textContent = name === "open" ? "" : say(name);
    banner.dataset.state = name;
  },
});

function showPage({ more, partial: isPartial }) {
  earlier.hidden = !more;
  partial.hidden = !isPartial;
  partial.textContent = isPartial ? say("partial") : "";
}

// The sign of a seat that writes; it runs out by itself, where the end of it was lost.
function showTyping(on) {
  clearTimeout(typingEnds);
  typing.hidden = !on;
  typing.textContent = on ? say("typing", { who: served }) : "";
  if (on) typingEnds = setTimeout(() => showTyping(false), TYPING_MS);
  scroll.came(false, { quietly: true });
}

function showStage({ is, who = "", asked: mayRate }) {
  rating.stand(mayRate);
  served = who;
  if (is !== "served") showTyping(false);
  stage.textContent = say(is, { who });
  stage.dataset.is = is;
}

const byUs = (those) => those.filter(({ by }) => by !== "visitor").map(({ seq }) => seq);

// The desk is told of every line of its own that is on the page; again, where the line broke before it heard that.
function got(those) {
  const places = byUs(those);
  if (places.length && !seen.length) setTimeout(acknowledge, SEEN_TOGETHER_MS);
  seen.push(...places);
}

// The visitor is told of those that they have not looked at.
function lookFor(fresh) {
  for (const seq of byUs(fresh)) if (seq > keep.readUpTo()) unreadLines.add(seq);
  look();
}

function acknowledge() {
  const places = seen;
  seen = [];
  for (let at = 0; at < places.length; at += SEEN_MAX) line.seen(places.slice(at, at + SEEN_MAX));
}

function look() {
  if (host.isOpen() && unreadLines.size) keep.keepReadUpTo(Math.max(...unreadLines));
  for (const seq of unreadLines) if (seq <= keep.readUpTo()) unreadLines.delete(seq);
  host.tell({ unread: unreadLines.size });
}

// Writing.

const newId = () => crypto.getRandomValues(new Uint32Array(4)).reduce((id, part) => id + part.toString(36).padStart(7, "0"), "");

function waitFor(items) {
  for (const { id, text, taken } of items) lines.wait(id, { text, words: taken ? "" : say("sending") });
}

composer.compose((text) => {
  const id = newId();
  lines.wait(id, { text, words: "" });
  scroll.toEnd();
  setTimeout(() => line.isUnsent(id) && lines.tell(id, say("sending"), { over: false }), 400);
  line.say({ id, text });
});

async function sendPicture(file) {
  const id = newId();
  const fits = await pictures.fitted(file);
  if (typeof fits === "string") {
    lines.wait(id, { text: file.name, words: "" });
    lines.fail(id, say(fits), [[say("remove"), () => {}]]);
    return scroll.toEnd();
  }
  const address = URL.createObjectURL(fits);
  lines.wait(id, { address, words: say("uploading") });
  scroll.toEnd();
  const remove = [say("remove"), () => URL.revokeObjectURL(address)];
  try {
    const media = await pictures.upload(fits);
    lines.tell(id, say("sending"));
    line.say({ id, media });
  } catch ({ name, message }) {
    const why = name === "Error" && message ? message : say("upload_failed");
    lines.fail(id, why, [[say("again"), () => sendPicture(file)], remove]);
  }
}
pictures.watch(sendPicture);

rating.use((what) => line.rate(newId(), what));

// Reading.

function askEarlier() {
  if (asked || earlier.hidden) return;
  asked = line.earlier(lines.oldest());
}
earlier.addEventListener("click", askEarlier);
scroll.watch(askEarlier);

// The page around, other tabs.

const close = document.getElementById("close");
close.addEventListener("click", () => host.tell({ close: true }));
addEventListener("keydown", ({ key }) => key === "Escape" && host.tell({ close: true }));
close.hidden = !host.isEmbedded();
host.hear(({ focus }) => {
  if (focus) composer.focus();
  if (host.isOpen()) scroll.came(false);
  look();
});
keep.onElsewhere({ token: () => line.meetAgain(), read: look });
look();

line.connect();
