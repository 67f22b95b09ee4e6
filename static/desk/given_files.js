// Files that were chosen, pasted or dropped: images are offered (`images.js`), a voice goes at once, and what WeChat does
// not take is refused by its name before anything is uploaded.

import { toast } from "../toasts.js";
import { say } from "./facts.js";
import { offer } from "./images.js";
import { sendFile } from "./uploads.js";

const MEBIBYTE = 1024 * 1024;
const IMAGES = ["image/png", "image/jpeg", "image/gif"];
const LIMITS = { image: 2 * MEBIBYTE, voice: 5 * MEBIBYTE };

const complain = (word, file) => toast(say(word, { name: file.name }), { danger: true });

export function fits(file, kind) {
  if (file.size <= LIMITS[kind]) return true;
  complain(`${kind}_too_large`, file);
  return false;
}

export function offerImages(session, files) {
  const images = files.filter((file) => IMAGES.includes(file.type) || complain("not_media", file)).filter((file) => fits(file, "image"));
  if (images.length) offer(session, images);
}

export function sendVoice(session, file) {
  if (!fits(file, "voice")) return;
  document.getElementById("dialog-voice").close();
  sendFile(session, file, say("voice"));
}
