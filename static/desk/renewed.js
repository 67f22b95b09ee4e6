// The open chat anew, in place, after more was missed than events can bring: what somebody is writing, where they read
// and what has the focus stay as they are.

import { fetchFragment, place } from "./pieces.js";

const workspace = document.getElementById("workspace");

// Whether it could be done; else the chat has to be opened like any other.
export async function renewChat(session) {
  let done = false;
  await fetchFragment(`/desk/sessions/${session}/chat`, (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content;
    const [was, is] = [workspace, fresh].map((each) => each.querySelector(`[data-chat="${session}"] .messages`));
    done = Boolean(was && is);
    if (done) renew(session, fresh, was, is);
    return [workspace];
  });
  return done;
}

function renew(session, fresh, was, is) {
  join(was, [...is.children]);
  const [context, known] = [workspace, fresh].map((each) => each.querySelector(".context"));
  if (context && known) {
    context.replaceWith(known);
    htmx.process(known);
  }
  place(["head", "foot"].map((part) => fresh.querySelector(`#${part}-${CSS.escape(session)}`)?.outerHTML ?? "").join(""));
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: workspace }));
}

// What was paged up to stays before the first line that is known here; without one, too much was missed.
function join(was, items) {
  const known = (item) => item.matches(".line") && document.getElementById(item.id)?.parentElement === was;
  const at = items.findIndex(known);
  if (at < 0) return was.replaceChildren(...items);
  const from = [...was.children].indexOf(document.getElementById(items[at].id));
  for (const item of [...was.children].slice(from)) item.remove();
  was.append(...items.slice(at));
}
