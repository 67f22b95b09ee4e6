// Who signs out leaves nothing behind that they had begun to write or had not sent, in no tab.

const MARK = "desk-signed-out";

function leaveNothing() {
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) if (/^desk-(draft|outbox|seen):/.test(key)) storage.removeItem(key);
  }
  indexedDB.deleteDatabase("desk-outbox");
}

document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") !== "/sign-out") return;
  leaveNothing();
  localStorage.setItem(MARK, Date.now());
});
addEventListener("storage", ({ key }) => key === MARK && leaveNothing());
