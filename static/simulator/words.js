// The page's words, in the language that the server chose.

let words = {};

export function speak(chosen) {
  words = chosen;
}

export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function knows(key) {
  return key in words;
}

export function sayDuration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds >= 3600) return say("hours", { n: Math.floor(seconds / 3600) });
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function sayTime(at, withSeconds = false) {
  const second = withSeconds ? "2-digit" : undefined;
  return new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second, hour12: false });
}
