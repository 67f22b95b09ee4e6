// Files on their way to a customer, kept beside the outbox until they are uploaded: its own storage is too small for
// them. Where a browser keeps nothing, they live as long as the page.

const STORE = "files";
let database; // opened when a file is sent, or one was left

export const keepFile = (id, file) => ask("readwrite", (store) => store.put(file, id));
export const keptFile = (id) => ask("readonly", (store) => store.get(id));
export const dropFile = (id) => ask("readwrite", (store) => store.delete(id));

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("desk-outbox", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = reject;
  });
}

async function ask(mode, question) {
  const opened = await (database ??= open().catch(() => null));
  if (!opened) return undefined;
  return new Promise((resolve) => {
    const asked = question(opened.transaction(STORE, mode).objectStore(STORE));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(undefined);
  });
}
