// The live line to the hub. One idea: nothing is lost and nothing is done twice, however often the line breaks.
// Frames are taken once each, by their ledger position, and the line resumes after the last one. Commands wait in an
// outbox until they are answered, and are sent again in order after a break; the hub knows a repeated id.

const PING_EVERY_MS = 10_000;
const DEAD_AFTER_MS = 25_000;
const BACKOFF_MS = [300, 15_000];
const NOT_SIGNED_IN = 4401;
const FORBIDDEN = 4403;

export class DeskSocket {
  #outbox = new Map(); // id → {frame, resolve}; a Map keeps the order in which things were said
  #prefix = crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 12);
  #count = 0;
  #tries = 0;
  #state = "connecting";
  #socket;
  #retry;
  #askedAt = 0; // when the oldest unanswered ping was sent; any frame answers it

  // on: {frame(frame), pieces(html), reset(seq), state(name, unanswered), clock(now), signedOut()}
  constructor(seq, on) {
    this.seq = Number(seq) || 0;
    this.on = on;
    setInterval(() => this.#beat(), PING_EVERY_MS);
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    this.#connect();
  }

  // The reply to a command: {ok: true} or {ok: false, error}. Never rejects; waits out a broken line.
  send(command) {
    const id = `${this.#prefix}-${++this.#count}`;
    const frame = JSON.stringify({ id, ...command });
    return new Promise((resolve) => {
      this.#outbox.set(id, { frame, resolve });
      if (this.#state === "open") this.#socket.send(frame);
      this.#tell();
    });
  }

  get unanswered() {
    return this.#outbox.size;
  }

  #connect() {
    this.#askedAt = 0;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws?html=1${this.seq ? `&after=${this.seq}` : ""}`, "desk.v1");
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  #take(frame) {
    this.#askedAt = 0;
    if (frame.now ?? frame.snapshot?.now) this.on.clock(frame.now ?? frame.snapshot.now);
    if (frame.reply !== undefined) {
      this.#outbox.get(frame.reply)?.resolve(frame);
      if (this.#outbox.delete(frame.reply)) this.#tell();
    } else if (frame.snapshot || frame.resumed) {
      if (frame.snapshot) {
        this.seq = Number(frame.seq);
        this.on.reset(this.seq);
      }
      this.#opened();
    } else if (frame.pieces) {
      this.on.pieces(frame.pieces); // of no event: they show how things are, and can be missed
    } else if (Number(frame.seq) > this.seq) {
      this.seq = Number(frame.seq);
      this.on.frame(frame);
    }
  }

  #opened() {
    this.#tries = 0;
    this.#tell("open");
    for (const { frame } of this.#outbox.values()) this.#socket.send(frame);
  }

  #lost(code) {
    if (code === NOT_SIGNED_IN) return this.#perhapsSignedOut();
    if (code === FORBIDDEN) return this.#tell("stopped");
    const [least, most] = BACKOFF_MS;
    const longest = Math.min(most, least * 2 ** this.#tries++);
    this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
    this.#tell("waiting");
  }

  // The hub cannot tell a stranger from an outage of its memory; a page can.
  async #perhapsSignedOut() {
    const answer = await fetch("/desk", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401) return this.on.signedOut();
    this.#lost(1013);
  }

  #beat() {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#askedAt && Date.now() - this.#askedAt > DEAD_AFTER_MS) return this.#giveUp();
    this.#askedAt ||= Date.now();
    this.#socket.send(JSON.stringify({ id: `${this.#prefix}-ping`, do: "ping" }));
  }

  #giveUp() {
    const dead = this.#socket;
    this.#socket = { readyState: WebSocket.CLOSED };
    dead.close();
    this.#lost(1006);
  }

  #hurry() {
    if (this.#state === "waiting") {
      clearTimeout(this.#retry);
      this.#tries = 0;
      this.#connect();
    } else this.#beat();
  }

  #tell(state = this.#state) {
    this.#state = state;
    this.on.state(state, this.#outbox.size);
  }
}
