// What a Gantt chart draws. A `place` says where: `label`, the pixels left of the time; `scale`, pixels an hour; `row`, the height
// of a row; `isFolded`, whether each block has a row of its own.
import { el, svg, visible } from "./dom.js";

const NARROW = 7.2;
const WIDE = 15;

/** An upright line at `time`. */
export function upright(place, kind, time, y1, y2) {
  return svg("line", { class: kind, x1: x(place, time), x2: x(place, time), y1, y2 });
}

/** The head of a tick of the axis, which is `height` high. */
export function tickHead(place, { at, text, isStrong }, height) {
  return svg("g", { class: isStrong ? "strong" : null, transform: `translate(${x(place, at)} 0)` },
    svg("line", { y1: height - 6, y2: height }), svg("text", { x: 4, y: 19 }, text));
}

/** What of `block` is between the times `left` and `right`. */
export function blockMarks(place, { window }, palette, block, left, right) {
  const origin = place.isFolded ? block.from : 0;
  const y = place.isFolded ? block.index * place.row : 0;
  const shown = block.activities.filter((activity) => activity.to - origin >= left && activity.from - origin <= right);
  const marks = shown.map((activity) => activityMark(place, palette, activity, origin, y));
  if (!place.isFolded) return svg("g", {}, marks);
  return svg("g", {},
    svg("rect", { class: "window", x: x(place, block.clean), y: y + 4, width: window * place.scale, height: place.row - 8 }),
    marks, upright(place, "window-end", block.clean + window, y + 1, y + place.row - 1));
}

function activityMark(place, palette, activity, origin, y) {
  const isFill = activity.kind === "FILL";
  const width = Math.max(0.6, (activity.to - activity.from) * place.scale - (isFill ? 1 : 0));
  const left = place.label + (activity.from - origin) * place.scale;
  const inset = { FILL: 5, CLEAN: 9 }[activity.kind] ?? Math.round(place.row * 0.36);
  const mark = svg("rect", {
    class: `${activity.kind.toLowerCase()}-mark`, "data-index": activity.index,
    fill: isFill ? palette.of(activity.lot_type) : null,
    x: left.toFixed(2), y: y + inset, width: width.toFixed(2), height: place.row - 2 * inset, rx: width > 6 ? 2 : 0,
  });
  return isFill && width >= 44 ? [mark, lotName(activity.lot_id, left, y + place.row / 2, width)] : mark;
}

/** As much of a name as there is room for, on a plate that keeps it legible on any pattern. */
function lotName(name, left, middle, width) {
  const letters = [...visible(name)];
  const length = (all) => all.reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x10ff ? WIDE : NARROW), 0);
  let shown = letters;
  while (shown.length > 1 && length(shown) > width - 16) shown = [...shown.slice(0, shown.at(-1) === "…" ? -2 : -1), "…"];
  return [
    svg("rect", { class: "plate", x: (left + 3).toFixed(2), y: middle - 9, width: (length(shown) + 8).toFixed(1), height: 18, rx: 3 }),
    svg("text", { class: "lot", x: (left + 7).toFixed(2), y: middle + 4 }, shown.join("")),
  ];
}

/** The name of a block, and a gauge of how much of its window it uses. */
export function blockLabel(place, { window }, block, top) {
  const part = window ? block.used / window : 0;
  const label = el("div", { class: "gantt-label" },
    el("span", {}, `Block ${block.index + 1}`),
    el("span", { class: "small quiet" }, `${Math.round(part * 100)} %`),
    svg("svg", { class: "gauge", viewBox: "0 0 100 6", preserveAspectRatio: "none" },
      svg("rect", { class: "track", width: 100, height: 6, rx: 1 }),
      svg("rect", { class: "used", width: (part * 100).toFixed(2), height: 6, rx: 1 })));
  label.style.top = `${top + block.index * place.row}px`;
  label.style.height = `${place.row}px`;
  label.title = `Block ${block.index + 1} uses ${block.used.toFixed(2)} of ${window.toFixed(2)} hours of its window`;
  return label;
}

function x({ label, scale }, time) {
  return (label + time * scale).toFixed(2);
}
