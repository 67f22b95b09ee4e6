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
  });
  return done;
}

function renew(session, fresh, was, is) {
  const first = is.querySelector(".line");
  if (!first || document.getElementById(first.id)) join(was, is);
  else {
    was.replaceChildren(...is.childNodes);
    htmx.process(was);
  }
  const context = workspace.querySelector(".context");
  const known = fresh.querySelector(".context");
  if (context && known) {
    context.replaceWith(known);
    htmx.process(known);
  }
  place(["head", "foot"].map((part) => fresh.querySelector(`#${part}-${CSS.escape(session)}`)?.outerHTML ?? "").join(""));
}

// Lines that are here already take their places, the rest goes to the end; what was paged up to stays. Lines that were
// folded meanwhile give their places to the fold.
function join(was, is) {
  for (const line of [...is.querySelectorAll(":scope > [id]")]) {
    const folded = [...line.querySelectorAll("[id]")].map(({ id }) => document.getElementById(id)).filter(Boolean);
    const there = document.getElementById(line.id) ?? folded.shift();
    if (there) there.replaceWith(line);
    else was.append(line);
    for (const each of folded) if (!line.contains(each)) each.remove();
  }
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: was }));
}
