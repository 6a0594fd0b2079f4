// What the parts of the console are built of.
import { el, fill } from "./dom.js";

/** A part of the console under its title. */
export function card(title, ...content) {
  return el("section", { class: "card", "aria-label": title }, el("h2", {}, title), content);
}

/** Fills `list` anew where `value` differs from what it was filled with: a button that is about to be pressed stays. */
export function keep(list, value, entries) {
  const text = JSON.stringify(value);
  if (list.dataset.shown === text) return;
  const focus = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.dataset.shown = text;
  fill(list, entries());
  if (focus) list.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
}
