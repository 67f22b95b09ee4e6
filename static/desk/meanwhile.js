// What the customer has written since somebody began to answer: counted by the places of lines in the ledger.

const lines = () => [...document.querySelectorAll("#workspace .messages .line-customer")];

export const newestLine = () => lines().at(-1)?.dataset.seq ?? "";

export const linesSince = (after) => lines().filter((line) => Number(line.dataset.seq) > Number(after));

// The last of them in a few words.
export const previewOf = (since) => (since.at(-1).querySelector(".words, .placeholder")?.textContent ?? "…").trim().slice(0, 40);

export function showLines() {
  const box = document.querySelector("#workspace .chat-scroll");
  box.scrollTop = box.scrollHeight;
}
