// The page around the frame: told how much is unread and whether there is a conversation, tells whether the chat is
// open. It is spoken to over a port that it hands in itself; the frame's headers see to it that it may embed us.

const hearers = new Set();
const untold = [];
let port;
let open = window.parent === window; // alone in a tab it is always open

export const isEmbedded = () => window.parent !== window;
export const isOpen = () => open && !document.hidden;

export const hear = (hearer) => hearers.add(hearer);

export function tell(what) {
  if (port) port.postMessage(what);
  else if (isEmbedded()) untold.push(what);
}

addEventListener("message", ({ source, data, ports }) => {
  if (source !== window.parent || data?.desk !== "embedded" || port) return;
  [port] = ports;
  port.onmessage = ({ data: told }) => {
    if (told.open !== undefined) open = told.open;
    for (const hearer of hearers) hearer(told);
  };
  for (const what of untold.splice(0)) port.postMessage(what);
});
document.addEventListener("visibilitychange", () => hearers.forEach((hearer) => hearer({})));
