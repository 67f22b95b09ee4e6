// The side of WeChat itself: the account's mode, the pushes and their ends, faults to order, the clock.

import { make } from "./dom.js";
import { knows, say, sayDuration, sayTime } from "./words.js";

const PUSHES_SHOWN = 50;
const SEND = "/cgi-bin/message/custom/send";
const FAULTS = {
  fault_busy: { kind: "api", path: SEND, errcode: -1, times: 3 },
  fault_frequent: { kind: "api", path: SEND, errcode: 45011, times: 3 },
  fault_window: { kind: "api", path: SEND, errcode: 45015 },
  fault_slow: { kind: "api", path: "*", delay_ms: 3000, times: 3 },
  fault_cut: { kind: "api", path: SEND, drop: "before" },
  fault_answer: { kind: "api", path: SEND, drop: "after" },
  fault_duplicate: { kind: "push", effect: "duplicate" },
  fault_reorder: { kind: "push", effect: "reorder", delay_ms: 1500 },
};

export class PlatformPanel {
  #control;
  #onAccounts;
  #accounts = [];
  #chosen = "";
  #looked = 0;
  #ahead = 0;
  #counts = { accepted: 0, abnormal: 0 };

  // `onAccounts(accounts, chosen)` hears of settings.
  constructor(control, onAccounts) {
    this.#control = control;
    this.#onAccounts = onAccounts;
    this.#part("account").addEventListener("change", (event) => this.#choose(event.target.value));
    this.#part("modes").addEventListener("change", (event) => control.change(this.#chosen, { mode: event.target.value }));
    this.#part("verify").addEventListener("click", () => this.#verify());
    this.#part("clear-faults").addEventListener("click", () => control.clearFaults().then((answer) => this.#drawFaults(answer)));
    for (const button of document.querySelectorAll("[data-ahead]")) {
      button.addEventListener("click", () => this.#setClock(Number(button.dataset.ahead)));
    }
    this.#part("faults").append(
      ...Object.entries(FAULTS).map(([word, fault]) => this.#button(word, () => control.post("/faults", fault))),
      this.#button("fault_token", () => control.post(`/accounts/${this.#chosen}/tokens`, { fate: "expire" })),
    );
  }

  // A frame of the socket's "platform" topic.
  take(frame) {
    if (frame.type === "platform") {
      this.#accounts = frame.accounts;
      this.#counts = frame.counts;
      this.#part("pushes").replaceChildren(...frame.pushes.map((push) => this.#row(push)));
      this.#drawCounts(frame.pending);
      this.#drawFaults(frame);
      this.#drawClock(frame.clock.ahead_ms);
      this.#choose(this.#accounts.some(({ key }) => key === this.#chosen) ? this.#chosen : this.#accounts[0]?.key);
    } else if (frame.type === "account") {
      const account = this.#accounts.find(({ key }) => key === frame.account);
      if (account) account.mode = frame.mode;
      this.#drawMode();
    } else if (frame.type === "push") {
      this.#counts[frame.push.outcome] += 1;
      this.#part("pushes").prepend(this.#row(frame.push));
      while (this.#part("pushes").children.length > PUSHES_SHOWN) this.#part("pushes").lastElementChild.remove();
      this.#drawCounts(frame.pending);
    }
  }

  // Faults are used up by calls that the page does not see: look again, but not too often.
  lookAtFaults() {
    if (this.#part("clear-faults").hidden || this.#looked) return;
    this.#looked = setTimeout(async () => {
      this.#looked = 0;
      this.#drawFaults(await this.#control.get("/faults"));
    }, 700);
  }

  #part(id) {
    return document.getElementById(id);
  }

  #button(word, order) {
    const press = async () => {
      const answer = await order();
      if (answer.faults) this.#drawFaults(answer);
    };
    return make("button", { class: "button button-small", type: "button", onclick: press }, say(word));
  }

  #choose(key) {
    this.#chosen = key ?? "";
    this.#part("account").replaceChildren(
      ...this.#accounts.map(({ key: value, name }) => make("option", { value, selected: value === key }, name)),
    );
    const account = this.#accounts.find((each) => each.key === key);
    this.#part("callback").textContent = account?.callback_url ?? "";
    this.#drawMode();
    this.#onAccounts(this.#accounts, this.#chosen);
  }

  #drawMode() {
    const mode = this.#accounts.find(({ key }) => key === this.#chosen)?.mode;
    for (const input of this.#part("modes").querySelectorAll("input")) input.checked = input.value === mode;
  }

  async #verify() {
    const button = this.#part("verify");
    const { verified } = await this.#control.post(`/accounts/${this.#chosen}/verify`);
    button.textContent = say(verified ? "verified" : "not_verified");
    setTimeout(() => (button.textContent = say("verify")), 2500);
  }

  #row(push) {
    const good = push.outcome === "accepted";
    const word = `message_${push.name}`;
    const took = push.took_ms < 10000 ? `${push.took_ms || "<1"} ms` : `${Math.round(push.took_ms / 1000)} s`;
    const facts = [push.cause, push.attempts > 1 ? say("attempts", { n: push.attempts }) : "", took].filter(Boolean);
    return make(
      "li",
      { class: good ? "push-good" : "push-bad", title: push.msg_id ? `MsgId ${push.msg_id}` : "" },
      make("span", { class: "push-mark", "aria-hidden": "true" }, good ? "✓" : "!"),
      make("span", { class: "truncate" }, `${push.who || push.openid.slice(-6)} · ${knows(word) ? say(word) : push.name}`),
      make("span", { class: "push-facts" }, facts.join(" · ")),
      make("time", {}, sayTime(push.at, true)),
    );
  }

  #drawCounts(pending) {
    this.#part("counts").textContent = say("push_counts", { ...this.#counts, pending });
  }

  #drawFaults({ faults }) {
    const shown = faults.map((fault) => `${wordOf(fault)} ${say("times", { n: fault.times })}`);
    this.#part("set-faults").textContent = shown.join(" · ") || say("faults_none");
    this.#part("clear-faults").hidden = !faults.length;
  }

  async #setClock(step) {
    const answer = await this.#control.post("/clock", { ahead_ms: step ? this.#ahead + step : 0 });
    this.#drawClock(answer.ahead_ms);
  }

  #drawClock(ahead) {
    this.#ahead = ahead;
    this.#part("clock").textContent = ahead ? say("clock_ahead", { time: sayDuration(ahead) }) : say("clock_real");
  }
}

function wordOf(fault) {
  const same = Object.entries(FAULTS).find(([, known]) =>
    Object.entries(known).every(([name, value]) => name === "times" || fault[name] === value),
  );
  return same ? say(same[0]) : [fault.effect, fault.path, fault.errcode, fault.drop].filter(Boolean).join(" ");
}
