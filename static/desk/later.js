// What is not needed at once is fetched when it is. On a broken line that fails, and is tried again with the next need.

import { toast } from "../toasts.js";
import { say } from "./facts.js";

const loads = {};

// A module that once failed to come never does for the same page: it is imported when it lies in the browser's cache,
// with all that it needs (`desk/bundles.py`). One that came with another is there.
async function bring(name) {
  const { $m } = await import(new URL("main.js", import.meta.url));
  if ($m[name]) return $m[name];
  const address = new URL(`${name}.js`, import.meta.url);
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(name);
  await answer.text();
  return import(address);
}

export const load = (name) =>
  (loads[name] ??= bring(name).catch((problem) => {
    delete loads[name];
    throw problem;
  }));

export const failed = () => toast(say("load_failed"), { danger: true });

// Somebody asked for it: they are told when it does not come.
export const wanted = (module, act) => module.then(act, failed);

// Nobody waits for it yet.
export const early = (module, act) => module.then(act, () => {});
