// What the hub is told in passing: said once if the line is up, and forgotten with it.

let line;

export const useSignals = (socket) => (line = socket);

// Resolves to the reply, or to null where there is none to come; undefined where nothing could be said.
export const signal = (frame) => line?.signal(frame);
