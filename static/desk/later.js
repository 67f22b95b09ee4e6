// What is not needed at once is fetched when it is. On a broken line that fails, and is tried again with the next need.

import { toast } from "../toasts.js";
import { say } from "./facts.js";

export const failed = () => toast(say("load_failed"), { danger: true });

// Somebody asked for it: they are told when it does not come.
export const wanted = (module, act) => module.then(act, failed);

// Nobody waits for it yet.
export const early = (module, act) => module.then(act, () => {});
