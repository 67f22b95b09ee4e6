// Lets the customer see that somebody writes to them: only while keys are pressed, and only what is meant for them.
// The desk decides how often it is worth passing on.

import { signal } from "./signals.js";

const AGAIN_MS = 5000;
const told = new Map(); // session → when

export function types(session) {
  if (Date.now() - (told.get(session) ?? 0) < AGAIN_MS) return;
  told.set(session, Date.now());
  signal({ do: "typing", session });
}

export function stopsTyping(session) {
  if (told.delete(session)) signal({ do: "typing", session, on: false });
}

// What was sent ends the sign by itself.
export const sentWords = (session) => told.delete(session);
