// The entry of a list that the keys have come to, while the focus stays in the field beside it.

export const marked = (list) => list.querySelector('[role="option"][aria-selected="true"]');

export function mark(list, field, option) {
  marked(list)?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

// The next (1) or the one before (-1) of these options, round and round; the first where none is marked.
export function step(list, field, options, by) {
  mark(list, field, options[(options.indexOf(marked(list)) + by + options.length) % options.length]);
}
