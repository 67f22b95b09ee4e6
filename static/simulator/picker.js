// Whose phone it is: search among the customers, or make a new one.

import { initialOf, make, toneOf } from "./dom.js";
import { say } from "./words.js";

export class Picker {
  #parts;
  #control;
  #account;
  #onChoice;
  #asked = 0;

  // `account()` names the account whose customers are offered.
  constructor(parts, control, account, onChoice) {
    this.#parts = parts;
    this.#control = control;
    this.#account = account;
    this.#onChoice = onChoice;
    parts.who.addEventListener("click", () => this.#open(parts.picker.hidden));
    parts.search.addEventListener("input", () => this.#search());
    parts.new.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#create(new FormData(parts.new).get("nickname").trim());
    });
    parts.picker.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#open(false, true);
    });
    document.addEventListener("pointerdown", (event) => {
      if (!parts.picker.contains(event.target) && !parts.who.contains(event.target)) this.#open(false);
    });
  }

  #open(open, back = false) {
    this.#parts.picker.hidden = !open;
    this.#parts.who.setAttribute("aria-expanded", String(open));
    if (open) {
      this.#parts.search.value = "";
      this.#parts.search.focus();
      this.#search();
    } else if (back) this.#parts.who.focus();
  }

  async #search() {
    const asked = ++this.#asked;
    const query = new URLSearchParams({ q: this.#parts.search.value.trim(), limit: "60" });
    const { users } = await this.#control.get(`/accounts/${this.#account()}/users?${query}`);
    if (asked !== this.#asked) return; // a later keystroke has its own answer
    const rows = users.map((user) => this.#row(user));
    this.#parts.customers.replaceChildren(
      ...(rows.length ? rows : [make("li", { class: "small quiet" }, say("no_customer_found"))]),
    );
  }

  #row(user) {
    const face = make("span", { class: `face face-small ${toneOf(user.openid)}` }, initialOf(user.nickname));
    const words = make("span", { class: "who-words" }, make("b", { class: "truncate" }, user.nickname || user.openid.slice(-6)));
    words.append(make("span", { class: "truncate" }, [user.city, user.openid.slice(-6)].filter(Boolean).join(" · ")));
    const choose = () => this.#choose(user.openid);
    return make("li", {}, make("button", { class: "who", type: "button", onclick: choose }, face, words));
  }

  async #create(nickname) {
    if (!nickname) return;
    const user = await this.#control.post(`/accounts/${this.#account()}/users`, { nickname, subscribed: false });
    this.#parts.new.reset();
    this.#choose(user.openid);
  }

  #choose(openid) {
    this.#open(false, true);
    this.#onChoice(`${this.#account()}/${openid}`);
  }
}
