// Pictures: picked, pasted or dropped. What is too large for the desk, or in a format that it does not take, is drawn
// anew here, as cameras make larger ones than anybody needs. Nothing is sent before the desk has the file.

import { facts } from "./facts.js";
import { token } from "./keep.js";

const TAKEN = ["image/png", "image/jpeg", "image/gif", "image/bmp"];
const EDGE_MAX_PX = 2048;
const QUALITY = 0.85;

export function watch(offer) {
  const pick = document.getElementById("file");
  document.getElementById("pick").addEventListener("click", () => pick.click());
  pick.addEventListener("change", () => {
    const [file] = pick.files;
    pick.value = "";
    if (file) offer(file);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    offer(file);
  });
  document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    offer(file);
  });
}

// The picture as the desk takes it, or the code of what is wrong with it.
export async function fitted(file) {
  if (!file.type.startsWith("image/")) return "not_image";
  if (TAKEN.includes(file.type) && file.size <= facts.bytes_max) return file;
  if (file.type === "image/gif") return "too_large"; // it would stand still
  const smaller = await redrawn(file).catch(() => null);
  if (!smaller) return TAKEN.includes(file.type) ? "too_large" : "not_image";
  return smaller.size <= facts.bytes_max ? smaller : "too_large";
}

// The key of the stored file. Throws the desk's words, or a network's failure.
export async function upload(file) {
  const answer = await fetch(`/webchat/${facts.account}/media`, {
    method: "POST",
    body: file,
    headers: { "X-Visitor-Token": token(), Accept: "application/json", "Accept-Language": facts.locale },
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? "");
  return body.media;
}

async function redrawn(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, EDGE_MAX_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff"; // what was transparent
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
