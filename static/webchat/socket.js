// The line to the desk. One idea: what the visitor wrote is sent until it is answered for, one after the other and under
// its own name, however often the line breaks or the page is loaded anew; the desk takes a repeated name once. What was
// answered for is kept until it comes back as a line, so that it never vanishes from the page in between.

import { say } from "./facts.js";
import { keepOutbox, keepToken, outbox, token } from "./keep.js";

const PING_EVERY_MS = 20_000;
const DEAD_AFTER_MS = 15_000;
const BACKOFF_MS = [500, 20_000];
const CROWDED_MS = 30_000;
const RETRY_S = 3;
const TAKEN_KEPT_MS = 600_000;
const FORBIDDEN = 4403;
const UNKNOWN_ACCOUNT = 4404;
const TOO_MANY = 4429;
const TRY_LATER = ["unavailable", "too_fast"];

export class DeskLine {
  #socket;
  #state = "connecting";
  #outbox = outbox().filter(({ taken }) => !taken || Date.now() - taken < TAKEN_KEPT_MS);
  // {id, text} or {id, media}, in the order in which they were written; `taken` when the desk answered for it
  #underWay = null; // the id that waits for its answer
  #tries = 0;
  #retry;
  #paused;
  #askedAt = 0;
  #waiting = new Map(); // id → resolve, of what is asked once and not sent again
  #usedToken = "";

  // on: {welcome(frame), line(line), gone(id), stage(stage), typing(on), earlier(page), taken(id), delayed(id, error), refused(id, error),
  // state(name)}
  constructor(account, lang, on) {
    this.account = account;
    this.lang = lang;
    this.on = on;
    setInterval(() => this.#beat(), PING_EVERY_MS);
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#socket && this.#begone());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  // What is not a line yet.
  get outstanding() {
    return [...this.#outbox];
  }

  isUnsent(id) {
    return this.#outbox.some((each) => each.id === id && !each.taken);
  }

  connect() {
    clearTimeout(this.#retry);
    this.#askedAt = 0;
    this.#underWay = null;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/webchat/${this.account}/ws`);
    this.#socket = socket;
    this.#usedToken = token();
    socket.onopen = () => this.#send({ do: "hello", token: this.#usedToken, lang: this.lang });
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  say(message) {
    this.#outbox.push(message);
    keepOutbox(this.#outbox);
    this.#pump();
  }

  // The desk's answer: {ok: true} or {ok: false, error}. Nothing is kept for later.
  rate(id, rating) {
    return new Promise((resolve) => {
      if (!this.#isOpen) return resolve({ ok: false, error: { message: say("offline_now") } });
      this.#waiting.set(id, resolve);
      this.#send({ do: "rate", id, ...rating });
    });
  }

  // Another tab was given another name: all go by the one that is kept.
  meetAgain() {
    if (token() && token() !== this.#usedToken) this.#begone();
  }

  earlier(before) {
    return this.#isOpen && this.#send({ do: "earlier", before });
  }

  // The line may break before it is heard: the lines come again, and are acknowledged again.
  seen(places) {
    if (this.#isOpen && places.length) this.#send({ do: "seen", lines: places });
  }

  get #isOpen() {
    return this.#state === "open";
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #take(frame) {
    this.#askedAt = 0;
    if (frame.welcome) this.#welcomed(frame.welcome);
    else if (frame.line) {
      if (frame.line.key) this.#forget(frame.line.key);
      this.on.line(frame.line);
    } else if (frame.gone) this.on.gone(frame.gone);
    else if (frame.stage) this.on.stage(frame.stage);
    else if (frame.typing !== undefined) this.on.typing(frame.typing);
    else if (frame.earlier) this.on.earlier(frame.earlier);
    else if (frame.reply) this.#answered(frame);
    else if (frame.error) this.on.refused("", frame.error);
  }

  #welcomed(welcome) {
    const kept = token();
    if (kept && kept !== this.#usedToken) return this.#begone();
    keepToken(welcome.token);
    this.#usedToken = welcome.token;
    this.#tries = 0;
    for (const { key } of welcome.lines) if (key) this.#forget(key);
    this.#tell("open");
    this.on.welcome(welcome);
    this.#pump();
  }

  #pump() {
    const next = this.#outbox.find(({ taken }) => !taken);
    if (!next || !this.#isOpen || this.#underWay || this.#paused) return;
    this.#underWay = next.id;
    this.#send({ do: "say", ...next });
  }

  #answered({ reply, ok, error }) {
    this.#waiting.get(reply)?.({ ok, error });
    this.#waiting.delete(reply);
    if (reply !== this.#underWay) return;
    this.#underWay = null;
    if (!ok && TRY_LATER.includes(error.code)) {
      this.on.delayed(reply, error);
      return this.#pause(error.retry_after_s ?? RETRY_S);
    }
    if (ok) {
      this.#outbox = this.#outbox.map((each) => (each.id === reply ? { ...each, taken: Date.now() } : each));
      keepOutbox(this.#outbox);
      this.on.taken(reply);
    } else {
      this.#forget(reply);
      this.on.refused(reply, error);
    }
    this.#pump();
  }

  #pause(seconds) {
    this.#paused = setTimeout(() => {
      this.#paused = null;
      this.#pump();
    }, seconds * 1000);
  }

  #forget(id) {
    if (!this.#outbox.some((each) => each.id === id)) return;
    this.#outbox = this.#outbox.filter((each) => each.id !== id);
    keepOutbox(this.#outbox);
    if (this.#underWay === id) this.#underWay = null;
    this.#pump();
  }

  #lost(code) {
    for (const resolve of this.#waiting.values()) resolve({ ok: false, error: { message: say("offline_now") } });
    this.#waiting.clear();
    if (code === FORBIDDEN || code === UNKNOWN_ACCOUNT) return this.#tell("stopped");
    const [least, most] = BACKOFF_MS;
    const longest = code === TOO_MANY ? CROWDED_MS : Math.min(most, least * 2 ** this.#tries++);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
    this.#tell(code === TOO_MANY ? "crowded" : "offline");
  }

  #beat() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (this.#askedAt && Date.now() - this.#askedAt > DEAD_AFTER_MS) return this.#begone();
    this.#askedAt ||= Date.now();
    if (this.#isOpen) this.#send({ do: "ping" });
  }

  #begone() {
    const dead = this.#socket;
    this.#socket = null;
    dead.close();
    this.#lost(1006);
  }

  #hurry() {
    if (this.#state === "offline") {
      this.#tries = 0;
      this.connect();
    } else this.#beat();
  }

  #tell(state) {
    this.#state = state;
    this.on.state(state);
  }
}
