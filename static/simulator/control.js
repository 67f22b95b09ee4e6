// The simulator's control API. A refusal becomes an Error, in the page's words where it has some for the code.

import { knows, say } from "./words.js";

export class Control {
  constructor(base) {
    this.base = `${base}/control`;
  }

  get(path) {
    return this.#call("GET", path);
  }

  post(path, body = {}) {
    return this.#call("POST", path, JSON.stringify(body));
  }

  change(account, settings) {
    return this.#call("PATCH", `/accounts/${account}`, JSON.stringify(settings));
  }

  clearFaults() {
    return this.#call("DELETE", "/faults");
  }

  act(phone, act) {
    return this.post(`${userPath(phone)}/acts`, act);
  }

  sendFile(phone, kind, file, filename = "") {
    const query = new URLSearchParams({ kind, filename });
    return this.#call("POST", `${userPath(phone)}/files?${query}`, file);
  }

  mediaUrl(phone, mediaId) {
    return `${this.base}/accounts/${phone.split("/")[0]}/media/${encodeURIComponent(mediaId)}`;
  }

  async #call(method, path, body) {
    const response = await fetch(this.base + path, { method, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(wordsOf(answer.error) ?? response.statusText);
    return answer;
  }
}

function wordsOf(refusal) {
  const key = `refused_${refusal?.code}`;
  return knows(key) ? say(key) : refusal?.message;
}

function userPath(phone) {
  const [account, openid] = phone.split("/");
  return `/accounts/${account}/users/${openid}`;
}
