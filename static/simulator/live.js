// The page's socket. After a break it connects again and asks for what came meanwhile, by line number.

const WAIT_MS = [300, 1000, 2000, 5000];

export class Live {
  #url;
  #topics = new Map();
  #socket = null;
  #failures = 0;
  #onFrame;
  #onState;

  constructor(base, onFrame, onState) {
    this.#url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base}/live`;
    this.#onFrame = onFrame;
    this.#onState = onState;
    this.#connect();
    addEventListener("online", () => this.#connect());
  }

  // `lastLine` tells the number of the last line that is already shown.
  watch(topic, lastLine = () => 0) {
    this.#topics.set(topic, lastLine);
    this.#ask({ watch: topic, after: lastLine() });
  }

  unwatch(topic) {
    this.#topics.delete(topic);
    this.#ask({ unwatch: topic });
  }

  #ask(wish) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(wish));
  }

  #connect() {
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    const socket = (this.#socket = new WebSocket(this.#url));
    socket.onopen = () => {
      this.#failures = 0;
      this.#onState("connected");
      for (const [topic, lastLine] of this.#topics) this.#ask({ watch: topic, after: lastLine() });
    };
    socket.onmessage = (message) => this.#onFrame(JSON.parse(message.data));
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#onState("connecting");
      const wait = WAIT_MS[Math.min(this.#failures++, WAIT_MS.length - 1)];
      setTimeout(() => this.#connect(), wait + Math.random() * 200);
    };
  }
}
