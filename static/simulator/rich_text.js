// A text as WeChat shows it: plain, but for <a> elements, which are links or, with weixin://bizmsgmenu, choices to tap.

import { make } from "./dom.js";

const LINK = /<a\s([^>]*)>([\s\S]*?)<\/a>/gi;
const HREF = /href\s*=\s*(?:"([^"]*)"|'([^']*)')/i;

export function richText(text, tap) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    nodes.push(text.slice(end, match.index), link(match, tap));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function link(match, tap) {
  const [whole, attributes, label] = match;
  const found = HREF.exec(attributes);
  const href = (found?.[1] ?? found?.[2] ?? "").replaceAll("&amp;", "&");
  if (/^https?:\/\//i.test(href)) return make("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
  if (href.startsWith("weixin://bizmsgmenu?")) {
    const query = new URLSearchParams(href.split("?")[1]);
    const choose = () => tap(query.get("msgmenucontent") || label, query.get("msgmenuid") || "");
    return make("button", { class: "choice", type: "button", onclick: choose }, label);
  }
  return whole;
}
