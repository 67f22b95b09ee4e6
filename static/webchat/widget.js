// What a site embeds: a button in a corner of its page, and the frame with the chat that it opens. It lives in a shadow
// tree, so that neither style reaches the other. The frame is the desk's own page, of another origin: the site's scripts
// cannot read what is said in it. The two tell each other only what the button shows.
//
// Served as `(function)(settings);` with the account's settings. Attributes of the script tag: data-lang ("zh", "en"),
// data-side ("left"). Whatever has the attribute data-webchat-open on the site opens the chat, too.

((settings) => {
  const script = document.currentScript;
  const desk = new URL(script.src).origin;
  const name = `desk-webchat-${settings.account}`;
  if (document.getElementById(name)) return;

  const chosen = script.dataset.lang ?? (/^en\b/i.test(navigator.language) ? "en" : "zh");
  const lang = settings.words[chosen] ? chosen : "zh";
  const words = settings.words[lang];

  // What outlives a page: that there is a conversation, and in this tab, that the chat was open. And whatever the frame
  // asks us to keep for it, where the browser lets it keep nothing.
  function keep(store, value, key = name) {
    try {
      value ? window[store].setItem(key, value) : window[store].removeItem(key);
    } catch {
      // nothing can be kept here either
    }
  }

  function kept(store, key = name) {
    try {
      return window[store].getItem(key);
    } catch {
      return null;
    }
  }

  function keptForFrame() {
    const found = {};
    for (const store of ["localStorage", "sessionStorage"])
      for (const part of ["token", "read", "draft", "outbox"]) {
        const value = kept(store, `${name}-${part}`);
        if (value) found[part] = value;
      }
    return found;
  }

  const host = document.createElement("div");
  host.id = name;
  const root = host.attachShadow({ mode: "open" });
  const styles = new CSSStyleSheet();
  styles.replaceSync(css());
  root.adoptedStyleSheets = [styles];

  const panel = make("div", { class: "panel", id: "panel", hidden: "" });
  const button = make("button", { class: "button", type: "button", "aria-controls": "panel", "aria-expanded": "false" });
  const picture = draw("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  picture.append(draw("path", { class: "bubble", d: "M4 5h16v11H10l-4.5 4v-4H4z" }));
  picture.append(draw("path", { class: "cross", d: "m6 6 12 12M18 6 6 18" }));
  const badge = make("span", { class: "badge", hidden: "", "aria-hidden": "true" });
  const spoken = make("span", { class: "spoken", role: "status" });
  button.append(picture, badge);
  root.append(panel, button, spoken);

  let frame;
  let port;
  let open = false;
  let asked = false; // somebody has just opened it, and wants to write
  let unread = 0;

  function make(tag, attributes, element = document.createElement(tag)) {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  function draw(tag, attributes) {
    return make(tag, attributes, document.createElementNS("http://www.w3.org/2000/svg", tag));
  }

  // The frame is loaded when it is first needed: a page view costs the desk nothing but this script.
  function load() {
    if (frame) return;
    frame = make("iframe", { title: words.title, src: `${desk}/webchat/${settings.account}?lang=${lang}` });
    frame.addEventListener("load", () => {
      const channel = new MessageChannel();
      port = channel.port1;
      port.onmessage = ({ data }) => heard(data);
      frame.contentWindow.postMessage({ desk: "embedded" }, desk, [channel.port2]);
      tell();
    });
    panel.append(frame);
  }

  function tell() {
    if (!port) return;
    port.postMessage({ open, focus: asked });
    asked = false;
  }

  function heard({ unread: count, talking, close, want, keep: wanted }) {
    if (talking !== undefined) keep("localStorage", talking ? "1" : "");
    if (wanted) keep(wanted[0], wanted[2], `${name}-${wanted[1]}`);
    if (want) port.postMessage({ kept: keptForFrame() });
    if (count !== undefined) {
      if (count > unread && !open) spoken.textContent = words.unread.replace("{n}", count);
      unread = count;
      refresh();
    }
    if (close) show(false);
  }

  function show(wanted) {
    open = asked = wanted;
    keep("sessionStorage", open ? "1" : "");
    if (open) load();
    refresh();
    tell();
    if (open) frame.focus();
    else button.focus();
  }

  function refresh() {
    panel.hidden = !open;
    host.toggleAttribute("data-open", open);
    badge.hidden = open || !unread;
    badge.textContent = unread > 99 ? "99+" : unread;
    const count = badge.hidden ? "" : `, ${words.unread.replace("{n}", unread)}`;
    button.setAttribute("aria-label", (open ? words.close : words.open) + count);
    button.setAttribute("aria-expanded", open);
  }

  addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(`${name}-`) && newValue) port?.postMessage({ kept: { [key.slice(name.length + 1)]: newValue } });
  });
  button.addEventListener("click", () => show(!open));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && open && show(false));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-webchat-open]")) return;
    event.preventDefault();
    show(true);
  });

  function css() {
    const side = script.dataset.side === "left" ? "left" : "right";
    return `
      :host { all: initial; }
      [hidden] { display: none !important; }
      .button, .panel { position: fixed; ${side}: 20px; z-index: 2147483000; }
      .button { bottom: 20px; width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
        background: ${settings.colour}; color: ${settings.ink}; box-shadow: 0 4px 16px rgb(20 30 38 / 28%); }
      .button:focus-visible { outline: 3px solid #1f6fd6; outline-offset: 3px; }
      svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round;
        stroke-linecap: round; vertical-align: middle; }
      .cross, :host([data-open]) .bubble { display: none; }
      :host([data-open]) .cross { display: inline; }
      .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
        box-sizing: border-box; background: #c4302b; color: #fff; font: 600 12px/22px system-ui, sans-serif; }
      .spoken { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      .panel { bottom: 88px; width: 380px; height: min(620px, calc(100vh - 108px)); border-radius: 14px; overflow: hidden;
        background: #fff; box-shadow: 0 12px 40px rgb(20 30 38 / 30%); }
      iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }
      @media (max-width: 480px) {
        .panel { inset: 0; width: auto; height: auto; border-radius: 0; }
        :host([data-open]) .button { display: none; }
      }`;
  }

  const begin = () => {
    document.body.append(host);
    if (kept("localStorage")) load();
    if (kept("sessionStorage")) {
      open = true;
      load();
    }
    refresh();
  };
  document.body ? begin() : addEventListener("DOMContentLoaded", begin);
})
