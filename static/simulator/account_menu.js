// The account's own menu at the foot of the chat. A button acts; one with more inside opens upwards.

import { make } from "./dom.js";

export function accountMenu(nav, menu, act) {
  const press = (button) => {
    if (button.type === "view") act({ type: "view", url: button.url });
    else act({ type: "click", key: button.key ?? button.name });
  };
  const closeAll = () => nav.querySelectorAll("ul").forEach((list) => (list.hidden = true));
  const one = (button) => {
    const inner = button.sub_button ?? [];
    if (!inner.length) return make("div", {}, make("button", { type: "button", onclick: () => press(button) }, button.name));
    const choices = inner.map((each) => {
      const choose = () => {
        closeAll();
        press(each);
      };
      return make("li", {}, make("button", { type: "button", onclick: choose }, each.name));
    });
    const list = make("ul", { hidden: true }, ...choices);
    const toggle = () => {
      const open = list.hidden;
      closeAll();
      list.hidden = !open;
    };
    return make("div", {}, list, make("button", { class: "has-more", type: "button", onclick: toggle }, button.name));
  };
  nav.replaceChildren(...(menu?.button ?? []).map(one));
  nav.hidden = !nav.children.length;
}

// What each key of a menu is called.
export function menuNames(menu) {
  const names = new Map();
  for (const button of (menu?.button ?? []).flatMap((each) => [each, ...(each.sub_button ?? [])])) {
    if (button.key) names.set(button.key, button.name);
  }
  return names;
}
