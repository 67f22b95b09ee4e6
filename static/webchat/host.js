// The page around the frame: told how much is unread and whether there is a conversation, tells whether the chat is
// open. It is spoken to over a port that it hands in itself; the frame's headers see to it that it may embed us.

let port;
let open = window.parent === window; // alone in a tab it is always open

export const isOpen = () => open && !document.hidden;
export const isEmbedded = () => window.parent !== window;

// changed(wanted): it was opened, closed, or looked at; `wanted` by somebody who is about to write.
export function meet(changed) {
  addEventListener("message", ({ source, data, ports }) => {
    if (source !== window.parent || data?.desk !== "embedded" || port) return;
    [port] = ports;
    port.onmessage = ({ data: told }) => {
      open = Boolean(told.open);
      changed(Boolean(told.focus));
    };
    changed(false);
  });
  document.addEventListener("visibilitychange", () => changed(false));
}

export const tell = (what) => port?.postMessage(what);
