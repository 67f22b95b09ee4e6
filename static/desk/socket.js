// The live line to the hub. One idea: nothing is lost and nothing is done twice, however often the line breaks.
// Frames are taken once each, by their ledger position, and the line resumes after the last one. Commands wait in an
// outbox until they are answered, and are sent again in order after a break; the hub knows a repeated id.

const PING_EVERY_MS = 10_000;
const DEAD_AFTER_MS = 25_000;
const SUSPECTED_FOR_MS = 4000; // after sleep, in another network, or when an answer is late
const OPENED_WITHIN_MS = 15_000;
const BACKOFF_MS = [300, 15_000];
const LATER_MS = 2000;
const UNDER_WAY_MAX = 50;
const NOT_NOW = ["unavailable", "too_many_requests"];
const NOT_SIGNED_IN = 4401;
const FORBIDDEN = 4403;
const SOMEBODY_ELSE = 4402; // another person has signed in meanwhile, or the same one again

export class DeskSocket {
  #outbox = new Map(); // id → {frame, kept, resolve, sent}; a Map keeps the order in which things were said
  #signals = new Map(); // id → resolve
  #prefix = crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 12);
  #count = 0;
  #signIn;
  #tries = 0;
  #state = "connecting";
  #socket;
  #retry;
  #later;
  #beatAt = Date.now();
  #heardAt = 0;
  #askedAt = 0; // when the oldest unanswered ping was sent; any frame answers it
  #opening = []; // who waits for the line to be open

  // facts: what the page knew when it was made: `seq`, `sign_in`.
  // on: {frame(frame), pieces(html), drafts(frame), reset(seq), state(name, retryAt), version(name), clock(now), signedOut()}
  constructor({ seq, sign_in: signIn }, on) {
    this.seq = Number(seq) || 0;
    this.#signIn = signIn;
    this.on = on;
    setInterval(() => this.#beat(), PING_EVERY_MS);
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    this.#connect();
  }

  // The reply to a command: {ok: true} or {ok: false, error}. Never rejects; waits out a broken line. With an id of the
  // caller's own, who keeps the command elsewhere too, it may be sent again by another page.
  send(command, kept) {
    const id = kept ?? this.newId();
    return new Promise((resolve) => {
      this.#outbox.set(id, { frame: JSON.stringify({ id, ...command }), kept, resolve });
      this.#pump();
      setTimeout(() => this.#outbox.has(id) && this.#suspect(), SUSPECTED_FOR_MS);
    });
  }

  // Something throw-away: said once if the line is up, and forgotten with it. Resolves to the reply, or to null where it
  // was lost; undefined where there is no line.
  signal(frame) {
    if (!this.isOpen) return;
    const id = this.newId();
    this.#socket.send(JSON.stringify({ id, ...frame }));
    return new Promise((resolve) => this.#signals.set(id, resolve));
  }

  newId() {
    return `${this.#prefix}-${++this.#count}`;
  }

  // Commands without an answer that nobody else keeps.
  get unanswered() {
    return [...this.#outbox.values()].filter((each) => !each.kept).length;
  }

  get isOpen() {
    return this.#state === "open";
  }

  opened() {
    return new Promise((resolve) => (this.isOpen ? resolve() : this.#opening.push(resolve)));
  }

  // Tries again at once, or makes sure that somebody is at the other end.
  hurry() {
    if (this.#state !== "waiting") return this.#suspect();
    clearTimeout(this.#retry);
    this.#tries = 0;
    this.#connect();
  }

  #connect() {
    this.#askedAt = 0;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const after = this.seq ? `&after=${this.seq}` : "";
    const socket = new WebSocket(`${scheme}//${location.host}/ws?html=1&as=${this.#signIn}${after}`, "desk.v1");
    this.#socket = socket;
    this.#tell("connecting");
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
    setTimeout(() => socket === this.#socket && this.#state === "connecting" && this.#giveUp(), OPENED_WITHIN_MS);
  }

  #take(frame) {
    this.#askedAt = 0;
    this.#heardAt = Date.now();
    if (frame.now ?? frame.snapshot?.now) this.on.clock(frame.now ?? frame.snapshot.now);
    if (frame.reply !== undefined) this.#answered(frame);
    else if (frame.drafts) this.on.drafts(frame);
    else if (frame.snapshot || frame.resumed) {
      if (frame.snapshot) this.seq = Number(frame.seq);
      this.#opened(frame);
    } else if (frame.pieces) {
      this.on.pieces(frame.pieces); // of no event: they show how things are, and can be missed
    } else if (Number(frame.seq) > this.seq) {
      this.seq = Number(frame.seq);
      this.on.frame(frame);
    }
  }

  #answered(frame) {
    this.#signals.get(frame.reply)?.(frame);
    this.#signals.delete(frame.reply);
    const command = this.#outbox.get(frame.reply);
    if (!command) return;
    if (NOT_NOW.includes(frame.error?.code)) return this.#sendLater();
    this.#outbox.delete(frame.reply);
    command.resolve(frame);
    this.#pump();
  }

  // The hub cannot take it now: all of it again a little later, so that the order stays.
  #sendLater() {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#sendAnew();
    }, LATER_MS);
  }

  #sendAnew() {
    for (const command of this.#outbox.values()) command.sent = false;
    this.#pump();
  }

  // Sends what may be under way at once: the hub takes only so much of one browser.
  #pump() {
    if (!this.isOpen || this.#later) return;
    let underWay = 0;
    for (const command of this.#outbox.values()) {
      if (++underWay > UNDER_WAY_MAX) return;
      if (!command.sent) this.#socket.send(command.frame);
      command.sent = true;
    }
  }

  #opened(first) {
    this.#tries = 0;
    this.#later = clearTimeout(this.#later);
    this.#tell("open");
    if (first.version) this.on.version(first.version);
    if (first.snapshot) this.on.reset(this.seq);
    this.#sendAnew();
    for (const resolve of this.#opening.splice(0)) resolve();
  }

  #lost(code) {
    for (const resolve of this.#signals.values()) resolve(null);
    this.#signals.clear();
    if (code === NOT_SIGNED_IN) return this.#perhapsSignedOut();
    if (code === FORBIDDEN) return this.#tell("stopped");
    if (code === SOMEBODY_ELSE) return this.on.signedOut();
    const [least, most] = BACKOFF_MS;
    const longest = Math.min(most, least * 2 ** this.#tries++);
    const wait = longest * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.#connect(), wait);
    this.#tell("waiting", Date.now() + wait);
  }

  // The hub cannot tell a stranger from an outage of its memory; a page can.
  async #perhapsSignedOut() {
    const refused = this.#socket;
    this.#tell("waiting");
    const answer = await fetch("/desk", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401) this.on.signedOut();
    else if (refused === this.#socket) this.#lost(1013);
  }

  #beat() {
    const now = Date.now();
    const slept = now - this.#beatAt > 2 * PING_EVERY_MS;
    this.#beatAt = now;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#askedAt && now - this.#askedAt > DEAD_AFTER_MS) this.#giveUp();
    else if (slept) this.#suspect();
    else this.#ping();
  }

  #ping() {
    this.#askedAt ||= Date.now();
    this.#socket.send(JSON.stringify({ id: `${this.#prefix}-ping`, do: "ping" }));
  }

  // A line that may be dead has to answer soon.
  #suspect() {
    const suspected = this.#socket;
    if (!this.isOpen || suspected.readyState !== WebSocket.OPEN) return;
    const since = Date.now();
    this.#ping();
    setTimeout(() => suspected === this.#socket && this.#heardAt < since && this.#giveUp(), SUSPECTED_FOR_MS);
  }

  #giveUp() {
    const dead = this.#socket;
    this.#socket = { readyState: WebSocket.CLOSED };
    dead.close();
    this.#lost(1006);
  }

  #tell(state, retryAt = 0) {
    this.#state = state;
    this.on.state(state, retryAt);
  }
}
