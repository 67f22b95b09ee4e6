// One phone: shows one customer's chat with the account and does what the person at it does.

import { accountMenu, menuNames } from "./account_menu.js";
import { ask } from "./ask.js";
import { lineOf, timeLine } from "./bubbles.js";
import { Composer } from "./composer.js";
import { initialOf, partsOf, toneOf } from "./dom.js";
import { Picker } from "./picker.js";
import { say, sayDuration, sayTime } from "./words.js";

const NEW_TIME_AFTER_MS = 5 * 60 * 1000;
const REFUSAL_SHOWN_MS = 4000;
const LINES_MAX = 500;

export class Phone {
  #parts;
  #control;
  #live;
  #account = null;
  #state = null;
  #clockOffset = 0;
  #lastLine = 0;
  #lastAt = 0;
  #unseen = 0;
  #atEnd = true;
  #refusal = 0;
  #isLast;
  #onChoice;

  // `onChoice(phone)` is told when another customer is chosen, `isLast(phone)` whether only this one shows its customer.
  constructor(element, { control, live, isLast, onChoice }) {
    this.#isLast = isLast;
    this.element = element;
    this.topic = "";
    this.#parts = partsOf(element);
    this.#control = control;
    this.#live = live;
    this.#onChoice = onChoice;
    const refuse = (text) => this.#refuse(text);
    new Composer(this.#parts, { act: (act) => this.#act(act), sendFile: (...file) => this.#sendFile(...file), refuse });
    new Picker(this.#parts, control, () => document.body.dataset.account ?? this.topic.split("/")[0], (topic) => this.show(topic));
    for (const button of element.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.#do(button.dataset.do));
    }
    this.#parts.newest.addEventListener("click", () => this.#scrollDown());
    this.#parts.talk.addEventListener("scroll", () => {
      this.#atEnd = this.#isAtEnd();
      if (this.#atEnd) this.#see();
    });
    // A panel that opens below takes its height from the talk: the last line stays in sight.
    new ResizeObserver(() => this.#atEnd && this.#scrollDown()).observe(this.#parts.talk);
  }

  get openid() {
    return this.#state?.openid ?? "";
  }

  get userName() {
    return this.#state?.nickname || this.openid.slice(-6);
  }

  // Turns to another customer.
  show(topic) {
    if (this.topic && this.#isLast(this)) this.#live.unwatch(this.topic);
    this.topic = topic;
    this.#lastLine = this.#lastAt = 0;
    this.#state = null;
    this.#parts.talk.replaceChildren();
    this.#see();
    this.#live.watch(topic, () => this.#lastLine);
    this.#onChoice(this);
  }

  // What the account is called and offers as a menu.
  dress(account) {
    this.#account = account;
    accountMenu(this.#parts.menu, account.menu, (act) => this.#act(act));
    this.#drawState();
  }

  // A frame of the socket: the state now, and new lines.
  take({ state, entries }) {
    this.#state = state;
    this.#clockOffset = state.at - Date.now();
    const stay = this.#atEnd;
    for (const entry of entries) if (entry.n > this.#lastLine) this.#add(entry);
    this.#drawState();
    if (!entries.length) return;
    if (stay || entries.at(-1).side === "user") this.#scrollDown();
    else this.#countUnseen(entries.length);
  }

  // Once a second: the clock, the window's time, the end of typing.
  tick() {
    this.#parts.clock.textContent = sayTime(this.#now());
    this.#drawState();
  }

  #now() {
    return Date.now() + this.#clockOffset;
  }

  #add(entry) {
    const { talk } = this.#parts;
    if (entry.at - this.#lastAt > NEW_TIME_AFTER_MS) talk.append(timeLine(sayTime(entry.at)));
    this.#lastLine = entry.n;
    this.#lastAt = entry.at;
    talk.append(
      lineOf(entry, {
        openid: this.openid,
        userName: this.userName,
        accountName: this.#account?.name ?? "",
        menuNames: menuNames(this.#account?.menu),
        mediaUrl: (mediaId) => this.#control.mediaUrl(this.topic, mediaId),
        tap: (content, menuId) => this.#act({ type: "text", content, menu_id: menuId }),
      }),
    );
    while (talk.children.length > LINES_MAX) talk.firstElementChild.remove();
  }

  #drawState() {
    const state = this.#state;
    if (!state) return;
    const { name, detail, face, title, window: chip, composer, stranger, talk } = this.#parts;
    name.textContent = this.userName;
    detail.textContent = [state.city, `…${state.openid.slice(-6)}`].filter(Boolean).join(" · ");
    face.className = `face ${toneOf(state.openid)}`;
    face.textContent = initialOf(this.userName);
    const typing = state.typing_until > this.#now();
    title.textContent = typing ? say("typing") : (this.#account?.name ?? "");
    title.classList.toggle("is-typing", typing);
    const left = state.window_expires_at - this.#now();
    const open = left > 0 && state.window_left > 0;
    chip.textContent = left > 0 ? say("window_open", { left: state.window_left, time: sayDuration(left) }) : say("window_closed");
    chip.dataset.open = String(open);
    composer.hidden = !state.subscribed;
    stranger.hidden = state.subscribed;
    talk.dataset.empty = state.subscribed ? say("nothing_yet") : "";
  }

  async #act(act) {
    return this.#try(() => this.#control.act(this.topic, act));
  }

  async #sendFile(kind, file, filename = file.name) {
    return this.#try(() => this.#control.sendFile(this.topic, kind, file, filename));
  }

  async #try(call) {
    try {
      await call();
      return true;
    } catch (error) {
      this.#refuse(say("failed", { reason: error.message }));
      return false;
    }
  }

  async #do(what) {
    if (what === "follow") return this.#act({ type: "subscribe" });
    if (what === "unfollow") return this.#act({ type: "unsubscribe" });
    const answer = await ask(what);
    if (!answer) return undefined;
    const { latitude, longitude } = answer;
    const numbers = what === "location" ? { latitude: Number(latitude), longitude: Number(longitude) } : {};
    return this.#act({ type: what, ...answer, ...numbers });
  }

  #refuse(text) {
    const { refusal } = this.#parts;
    refusal.textContent = text;
    refusal.hidden = false;
    clearTimeout(this.#refusal);
    this.#refusal = setTimeout(() => (refusal.hidden = true), REFUSAL_SHOWN_MS);
  }

  #isAtEnd() {
    const { talk } = this.#parts;
    return talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
  }

  #scrollDown() {
    const { talk } = this.#parts;
    talk.scrollTop = talk.scrollHeight;
    this.#atEnd = true;
    // Pictures grow after they have loaded.
    for (const image of talk.querySelectorAll("img")) {
      if (!image.complete) image.addEventListener("load", () => (talk.scrollTop = talk.scrollHeight), { once: true });
    }
    this.#see();
  }

  #countUnseen(count) {
    this.#unseen += count;
    this.#parts.unseen.textContent = String(this.#unseen);
    this.#parts.newest.hidden = false;
  }

  #see() {
    this.#unseen = 0;
    this.#parts.newest.hidden = true;
  }
}
