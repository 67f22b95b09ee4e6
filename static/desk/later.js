// What is not needed at once is fetched when it is. On a broken line that fails, and is tried again with the next need.

import { toast } from "../toasts.js";
import { facts, say } from "./facts.js";

const loads = {};

async function bring(file) {
  const answer = await fetch(new URL(file, import.meta.url));
  if (!answer.ok) throw new Error(file);
  return answer.text();
}

// A module that once failed to come never does for the same page (`desk/modules.py`): it is imported when all that it
// needs lies in the browser's cache.
export const load = (name) =>
  (loads[name] ??= Promise.all(facts.needs[name].map(bring))
    .then(() => import(`./${name}.js`))
    .catch((problem) => {
      delete loads[name];
      throw problem;
    }));

export const failed = () => toast(say("load_failed"), { danger: true });

// Somebody asked for it: they are told when it does not come.
export const wanted = (module, act) => module.then(act, failed);

// Nobody waits for it yet.
export const early = (module, act) => module.then(act, () => {});
