// Files on their way to a customer: brought to the desk first, tried again while that does not work, and kept in this
// browser until it has. Fetched before it is needed, for a file may be sent while the line is down.

import { toast } from "../toasts.js";
import { csrf, say } from "./facts.js";
import { dropFile, keepFile } from "./kept_files.js";
import { forget, keep } from "./outbox.js";
import { deliver, lineOpened, made, toCustomer } from "./outgoing.js";

const UPLOAD_TRIES = 5;

export const sendFile = (session, file, label) => begin(toCustomer(session), `${label} ${file.name}`, file);

export function sendAgain({ id, command, file: name }, file) {
  drop(id);
  begin(command, name, file);
}

export const deliverFile = (entry, file) => deliver(entry, (item, before) => upload(entry, file, item, before));

function begin(command, name, file) {
  const entry = { ...made(command), file: name };
  keepFile(entry.id, file);
  deliverFile(entry, file);
}

function drop(id) {
  forget(id);
  dropFile(id);
}

// Resolves when the file is at the desk, or is not to be had there: what was said after it need not wait any more.
async function upload(entry, file, item, before) {
  const failed = (message) => {
    drop(entry.id);
    toast(message, { danger: true });
    item.fail(say("failed"), () => sendAgain(entry, file));
  };
  item.letCancel(() => drop(entry.id));
  await before;
  for (let tries = 1; !item.isCancelled(); tries++) {
    await lineOpened();
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
    if (tries === UPLOAD_TRIES) return failed(document.getElementById("toasts").dataset.offline);
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
