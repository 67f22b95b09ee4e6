// A line of the timeline as it looks on the phone.

import { icon, initialOf, make, toneOf } from "./dom.js";
import { richText } from "./rich_text.js";
import { voiceBubble } from "./voice.js";
import { say } from "./words.js";

// What the user did without saying anything.
const DEEDS = {
  subscribe: (act) => (act.scene ? say("you_followed_by", act) : say("you_followed")),
  unsubscribe: () => say("you_unfollowed"),
  scan: (act) => say("you_scanned", act),
  click: (act) => say("you_tapped", act),
  view: (act) => say("you_opened", act),
  report: () => say("you_reported"),
};

// `phone` gives `mediaUrl(id)`, `tap(text, menuId)`, the names of both sides and what menu keys are called.
export function lineOf(entry, phone) {
  if (entry.side === "system") return notice(say(entry.type), entry.type === "unavailable" ? "notice-bad" : "");
  if (entry.side === "user" && entry.type in DEEDS) return notice(DEEDS[entry.type](named(entry.payload, phone)));
  const [content, bare] = entry.side === "user" ? said(entry, phone) : answered(entry, phone);
  const name = entry.side === "user" ? phone.userName : phone.accountName;
  const face = make("span", { class: `face ${toneOf(entry.side === "user" ? phone.openid : name)}` }, initialOf(name));
  face.setAttribute("aria-hidden", "true");
  const bubble = make("div", { class: bare ? "bubble bubble-bare" : "bubble" }, ...content);
  const tags = tagsOf(entry);
  const words = make("div", { class: "line-words" }, ...(tags ? [make("span", { class: "line-tags" }, tags)] : []), bubble);
  return make("li", { class: `line line-${entry.side}` }, face, words);
}

export function timeLine(text) {
  return make("li", { class: "time-line" }, text);
}

function notice(text, kind = "") {
  return make("li", { class: `notice ${kind}` }, make("span", {}, text));
}

function named(act, phone) {
  return act.key ? { ...act, key: phone.menuNames.get(act.key) ?? act.key } : act;
}

function tagsOf(entry) {
  const persona = entry.payload.customservice?.kf_account?.split("@")[0];
  return [persona, entry.passive ? say("passive") : ""].filter(Boolean).join(" · ");
}

function said({ type, payload }, phone) {
  switch (type) {
    case "text":
      return [[payload.content]];
    case "location":
      return [[place(payload)], true];
    case "link":
      return [[card(payload.title, payload.description, payload.url)], true];
    default:
      return type === "raw" ? [[say("unknown_message")]] : media(type, payload, phone);
  }
}

function answered({ type, payload }, phone) {
  const content = payload[type] ?? {};
  switch (type) {
    case "text":
      return [richText(content.content, phone.tap)];
    case "msgmenu":
      return [[menu(content, phone.tap)]];
    case "news":
      return [content.articles.map((each) => card(each.title, each.description, each.url, each.picurl)), true];
    case "link":
      return [[card(content.title, content.description, content.url, content.thumb_url)], true];
    case "mpnewsarticle":
      return [[card(say("article"), content.article_id)], true];
    case "miniprogrampage":
      return [[card(content.title, say("mini_program"))], true];
    case "wxcard":
      return [[card(say("card"), content.card_id)], true];
    case "music":
      return [[card(content.title || say("music"), content.description, content.musicurl)], true];
    default:
      return media(type, content, phone);
  }
}

function media(type, content, phone) {
  const url = phone.mediaUrl(content.media_id);
  if (type === "image") return [[picture(url)], true];
  if (type === "voice") return [[voiceBubble(url, content)]];
  if (type === "video" || type === "shortvideo") {
    return [[make("video", { class: "film", src: url, controls: true, preload: "metadata" })], true];
  }
  return [[say("unknown_message")]];
}

function picture(url) {
  const image = make("img", { class: "picture", src: url, alt: say("image_alt"), loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(make("span", { class: "bubble" }, say("file_gone"))));
  return make("a", { href: url, target: "_blank", rel: "noopener" }, image);
}

function place({ label, latitude, longitude }) {
  const where = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const map = make("span", { class: "map" }, make("span", { class: "pin" }));
  return make("div", { class: "card-message" }, make("b", {}, label || say("location")), make("small", {}, where), map);
}

function card(title, description = "", url = "", pictureUrl = "") {
  const words = [make("b", {}, title), make("small", {}, description || hostOf(url))];
  // Pictures of other sites are not fetched: the page's policy keeps to itself.
  const mark = pictureUrl?.startsWith("/") ? make("img", { src: pictureUrl, alt: "" }) : make("span", { class: "mark" }, icon("globe"));
  const content = [make("span", { class: "card-words" }, ...words), mark];
  if (!/^https?:\/\//i.test(url)) return make("div", { class: "card-message card-link" }, ...content);
  return make("a", { class: "card-message card-link", href: url, target: "_blank", rel: "noopener noreferrer" }, ...content);
}

function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

function menu({ head_content: head = "", list = [], tail_content: tail = "" }, tap) {
  const choices = list.map(({ id, content }) => {
    const choose = () => tap(content, String(id));
    return make("button", { class: "choice", type: "button", onclick: choose }, content);
  });
  return make("div", { class: "choices" }, head, ...choices, tail);
}
