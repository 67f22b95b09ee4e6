// The page: a strip of phones and the platform beside them, on one socket.

import { Control } from "./control.js";
import { Live } from "./live.js";
import { Phone } from "./phone.js";
import { PlatformPanel } from "./platform.js";
import { say, speak } from "./words.js";

const REMEMBERED = "simulator.phones";
const PHONE_PX = 400; // with its share of the platform's column

const config = JSON.parse(document.body.dataset.config);
speak(config.words);

const control = new Control(config.base);
const phones = [];
let accounts = [];

const live = new Live(config.base, take, (state) => {
  const line = document.getElementById("line");
  line.dataset.state = state;
  line.textContent = say(state);
});
const platform = new PlatformPanel(control, dress);

function take(frame) {
  if (frame.type === "phone") {
    for (const phone of phones) if (phone.topic === frame.phone) phone.take(frame);
    platform.lookAtFaults();
  } else if (frame.type === "error") {
    // The customer that was remembered is gone with an earlier run.
    phones.forEach((phone, i) => {
      if (phone.topic === frame.phone && config.phones[i] && config.phones[i] !== frame.phone) phone.show(config.phones[i]);
    });
  } else {
    platform.take(frame);
  }
}

function dress(known, chosen) {
  accounts = known;
  document.body.dataset.account = chosen;
  phones.forEach(dressOne);
}

function dressOne(phone) {
  const account = accounts.find(({ key }) => key === phone.topic.split("/")[0]);
  if (account) phone.dress(account);
}

function remembered() {
  try {
    const topics = JSON.parse(localStorage.getItem(REMEMBERED) ?? "[]");
    return Array.isArray(topics) ? topics : [];
  } catch {
    return [];
  }
}

// Whether no other phone shows the same customer.
function isLast(phone) {
  return !phones.some((other) => other !== phone && other.topic === phone.topic);
}

function onChoice(phone) {
  dressOne(phone);
  if (config.remembered) localStorage.setItem(REMEMBERED, JSON.stringify(phones.map((phone) => phone.topic)));
}

const first = config.remembered ? remembered() : [];
const template = document.getElementById("phone-template");
live.watch("platform");
const slots = Math.max(1, Math.min(config.slots, Math.round(innerWidth / PHONE_PX)));
for (let i = 0; i < slots; i++) {
  const topic = first[i] ?? config.phones[i];
  if (!topic) break;
  const element = template.content.firstElementChild.cloneNode(true);
  document.getElementById("strip").append(element);
  const phone = new Phone(element, { control, live, isLast, onChoice });
  phones.push(phone);
  phone.show(topic);
}
document.getElementById("strip").dataset.count = String(phones.length);
const tick = () => phones.forEach((phone) => phone.tick());
tick();
setInterval(tick, 1000);
