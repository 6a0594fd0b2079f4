// Elements are made by functions and text is always text: nothing here, or that uses it, parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `attributes`: strings; `true` for an empty one; null, undefined and false leave it out; `on…` functions
 *  listen; `class` and `dataset` as expected. Children: nodes, strings, numbers, nested lists; null and false are left out. */
export function el(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2).toLowerCase(), value);
    else if (key === "dataset") Object.assign(element.dataset, value);
    else if (key === "value" && "value" in element) element.value = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Puts `children` in the place of all that `element` holds. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** The one element with that ID. */
export function byID(id) {
  return document.getElementById(id);
}

/** Says `text` to those who listen to the page, without showing it. */
export function announce(text) {
  let region = byID("announcements");
  if (!region) {
    region = el("div", { id: "announcements", class: "only-heard", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

/** A name that people made up: kept in its own direction, whole in its title. */
export function named(text, clipped = true) {
  return el("bdi", { class: clipped ? "name clipped" : "name", title: clipped ? text : null }, visible(text));
}

/** `text` with what would change the direction of its surroundings, and other control characters, made visible. */
export function visible(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (mark) => `\u27e8U+${mark.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`);
}

/** Puts `text` on the clipboard and says so on the button for a moment. */
export async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    announce("Copied");
  } catch {
    button.textContent = "Not copied: select it by hand";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

/** Asks in a dialog; resolves to whether it was confirmed. `danger` colours the button that confirms. */
export function confirmed({ title, text, action, danger = false }) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { "aria-labelledby": "confirm-title" },
      el("form", { method: "dialog", class: "stack" },
        el("h2", { id: "confirm-title" }, title),
        el("p", {}, text),
        el("div", { class: "row end" },
          el("button", { value: "no", autofocus: true }, "Cancel"),
          el("button", { value: "yes", class: danger ? "danger" : "primary" }, action))));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** How long ago `time` (RFC 3339) was, or how long it still takes, in words. */
export function ago(time, now = Date.now()) {
  const seconds = Math.round((Date.parse(time) - now) / 1000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return seconds <= 0 && seconds > -5 ? "just now" : words.format(seconds, "second");
}

/** A time (RFC 3339) in the browser's zone, with the exact one in its title. */
export function time(value, relative = false) {
  if (!value) return el("span", { class: "quiet" }, "–");
  const shown = relative ? ago(value)
    : new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(value));
  return el("time", { datetime: value, title: value }, shown);
}

/** Hours as people read them: `36,361.43 h`. */
export function hours(value, digits = 2) {
  return `${number(value, digits)} h`;
}

/** A number with thousands apart. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}
