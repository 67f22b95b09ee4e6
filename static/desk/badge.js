// The tab's icon with a dot on it: red while something rings, amber while a customer waits for an answer.

const link = document.querySelector('link[rel="icon"]');
const plain = link.href;
const SIZE = 32;
let shown = "";

export async function badge(colour) {
  if (colour === shown) return;
  shown = colour;
  if (!colour) {
    link.href = plain;
    return;
  }
  const icon = new Image(SIZE, SIZE);
  icon.src = plain;
  await icon.decode().catch(() => {});
  if (colour !== shown) return;
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const brush = canvas.getContext("2d");
  brush.drawImage(icon, 0, 0, SIZE, SIZE);
  brush.fillStyle = colour;
  brush.strokeStyle = "#fff";
  brush.lineWidth = 2;
  brush.beginPath();
  brush.arc(SIZE - 9, 9, 8, 0, 2 * Math.PI);
  brush.fill();
  brush.stroke();
  link.href = canvas.toDataURL("image/png");
}
