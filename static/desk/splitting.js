// A text that is too long for one message, cut into as few as will do: at the end of a paragraph where there is one, else
// of a sentence, a clause, a word; through a word only where it is longer than a message, and never through a character.

const BORDERS = [
  /\n\s*\n/g, // paragraphs
  /\n/g,
  /[。！？!?…；;]+[”’"'）)】」』]*|\.(?=\s)/g, // sentences
  /[，、：]|,(?!\d)|\s/g,
];
const CODE_MAX = 12; // [微笑], [破涕为笑]: not to be cut through
const LEAST_USED = 0.5; // a border that would leave more than half of a message empty is not worth a message

const encoder = new TextEncoder();
const bytesOf = (text) => encoder.encode(text).length;

export function split(text, bytesMax) {
  const parts = [];
  for (let rest = text.trim(); rest; ) {
    const end = bytesOf(rest) <= bytesMax ? rest.length : ending(rest, bytesMax);
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return parts;
}

function ending(text, bytesMax) {
  const longest = fitting(text, bytesMax);
  for (const border of BORDERS) {
    const ends = [...text.slice(0, longest + 1).matchAll(border)].map((found) => found.index + found[0].length);
    const end = ends.filter((each) => each <= longest).at(-1);
    if (end && bytesOf(text.slice(0, end)) >= bytesMax * LEAST_USED) return end;
  }
  return outOfCode(text, longest);
}

function outOfCode(text, end) {
  const [begins, ends] = [text.lastIndexOf("[", end - 1), text.indexOf("]", end)];
  return begins > 0 && ends >= end && ends - begins < CODE_MAX && !text.slice(begins, end).includes("]") ? begins : end;
}

// So much of it, in whole characters as people see them, goes into one message.
function fitting(text, bytesMax) {
  let [end, bytes] = [0, 0];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    bytes += bytesOf(segment);
    if (bytes > bytesMax) break;
    end += segment.length;
  }
  return end || bytesSafe(text, bytesMax);
}

// A single character of more than a message: joined emoji without end. Cut between its code points.
function bytesSafe(text, bytesMax) {
  let [end, bytes] = [0, 0];
  for (const point of text) {
    bytes += bytesOf(point);
    if (bytes > bytesMax) break;
    end += point.length;
  }
  return end;
}
