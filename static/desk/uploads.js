// Files on their way to a customer: kept beside the outbox until they are at the desk, with progress and a way back. One
// that failed can be tried again.

import { toast } from "../toasts.js";
import { csrf, say } from "./facts.js";
import { dropFile, keepFile } from "./kept_files.js";
import { forget, keep } from "./outbox.js";
import { deliver, made, opened, toCustomer } from "./outgoing.js";

const TRIES = 5;

export const sendFile = (session, file, label) => begin(toCustomer(session), file, `${label} ${file.name}`);

// Once more, as something new; an entry may have a file or none.
export function again({ id, command, file: name }, file) {
  forgetAll(id);
  if (file) begin(command, file, name);
  else deliver(made(command));
}

export function goOnWith(entry, file) {
  deliver(entry, (item, before) => upload(entry, file, item, before));
}

function begin(command, file, name) {
  const entry = { ...made(command), file: name };
  keepFile(entry.id, file);
  goOnWith(entry, file);
}

function forgetAll(id) {
  forget(id);
  dropFile(id);
}

// Resolves when the file is at the desk, or is not to be had there: what was said after it need not wait any more.
async function upload(entry, file, item, before) {
  const failed = (message) => {
    forgetAll(entry.id);
    toast(message, { danger: true });
    item.fail(say("failed"), () => again(entry, file));
  };
  item.letCancel(() => forgetAll(entry.id));
  await before;
  for (let tries = 1; !item.isCancelled(); tries++) {
    await opened();
    if (item.isCancelled()) return;
    const { status, body } = await post(file, item);
    if (item.isCancelled()) return;
    if (status === 200 && body?.media) {
      item.letCancel(null);
      entry.command.media = body.media;
      keep({ ...entry, file: undefined });
      dropFile(entry.id);
      return;
    }
    if (status && status < 500) return failed(body?.error.message ?? say("failed"));
    if (tries === TRIES) return failed(document.getElementById("toasts").dataset.offline);
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
  }
}

// The answer, of status 0 where there is none.
function post(file, item) {
  const form = new FormData();
  form.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", "/media");
  request.setRequestHeader("X-CSRF-Token", csrf);
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => item.tell(`${say("uploading")} ${Math.round((100 * loaded) / total)}%`);
  item.whenCancelled = () => request.abort();
  return new Promise((resolve) => {
    request.onloadend = () => resolve({ status: request.status, body: request.response });
    request.send(form);
  });
}
