// Reading: the list stays at its end while one is there; who reads further up is told that something came below.

const NEAR_PX = 60;
const box = document.getElementById("scroll");
const pill = document.getElementById("down");
let atEnd = true;

export function toEnd() {
  box.scrollTop = box.scrollHeight;
  atEnd = true;
  pill.hidden = true;
}

export function came(own, { quietly = false } = {}) {
  if (atEnd || own) toEnd();
  else if (!quietly) pill.hidden = false;
}

// What is put above leaves what is being read where it is.
export function above(put) {
  const fromEnd = box.scrollHeight - box.scrollTop;
  put();
  box.scrollTop = box.scrollHeight - fromEnd;
}

export function watch(nearTop) {
  box.addEventListener("scroll", () => {
    atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    if (atEnd) pill.hidden = true;
    if (box.scrollTop < NEAR_PX && box.scrollHeight > box.clientHeight) nearTop();
  }, { passive: true });
  pill.addEventListener("click", toEnd);
  box.addEventListener("load", () => atEnd && toEnd(), { capture: true });
  const grown = new ResizeObserver(() => atEnd && toEnd());
  grown.observe(box);
  grown.observe(box.querySelector("#lines"));
}
