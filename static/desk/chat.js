// Reading: the chat stays at its end while one is there, and says what came below while one reads further up.
// Older pages grow upwards without moving what is being read.


const NEAR_PX = 60;
const workspace = document.getElementById("workspace");
let atEnd = true;
let below = 0;

const scroller = () => workspace.querySelector(".chat-scroll");
const pill = () => workspace.querySelector(".chat-down");

export function toEnd() {
  const box = scroller();
  if (!box) return;
  box.scrollTop = box.scrollHeight;
  atEnd = true;
  below = 0;
  showPill();
}

function showPill() {
  const button = pill();
  if (!button) return;
  button.hidden = atEnd;
  const label = button.firstElementChild;
  label.textContent = below ? `${below} ${label.dataset.new}` : label.dataset.down;
}

workspace.addEventListener("scroll", ({ target }) => {
  if (!target.matches?.(".chat-scroll")) return;
  atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_PX;
  if (atEnd) below = 0;
  showPill();
}, { capture: true, passive: true });

workspace.addEventListener("click", ({ target }) => target.closest(".chat-down") && toEnd());

// Pictures take their room when they arrive.
workspace.addEventListener("load", () => atEnd && toEnd(), { capture: true });
new ResizeObserver(() => atEnd && toEnd()).observe(workspace);

document.addEventListener("desk:placed", ({ detail }) => {
  const lines = detail.filter((piece) => piece.matches(".line") && piece.isConnected);
  if (!lines.length) return;
  const own = lines.some((piece) => piece.matches(".is-new.line-seat, .is-new.line-note"));
  if (atEnd || own) return toEnd();
  below += lines.filter((piece) => piece.matches(".is-new.line-customer")).length;
  showPill();
});

// A page of older lines was asked for: keep the distance from the end, and let each day begin once.
let fromEnd = 0;
workspace.addEventListener("htmx:beforeSwap", ({ target }) => {
  if (target.matches?.(".earlier")) fromEnd = scroller().scrollHeight - scroller().scrollTop;
});
workspace.addEventListener("htmx:afterSettle", () => {
  if (!fromEnd) return;
  const days = new Set();
  for (const day of workspace.querySelectorAll(".day")) {
    if (days.has(day.id)) day.remove();
    days.add(day.id);
  }
  scroller().scrollTop = scroller().scrollHeight - fromEnd;
  fromEnd = 0;
});

// Pictures, large.
const lightbox = document.getElementById("dialog-lightbox");
workspace.addEventListener("click", ({ target }) => {
  const shot = target.closest("[data-lightbox]");
  if (!shot) return;
  lightbox.querySelector("img").src = shot.dataset.lightbox;
  lightbox.showModal();
});
lightbox.addEventListener("click", ({ target }) => target === lightbox && lightbox.close());

