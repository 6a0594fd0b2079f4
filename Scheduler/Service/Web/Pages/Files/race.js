// How the best makespan and the bound close in on each other.
import { el, fill, hours, svg } from "./dom.js";
import { percent } from "./strategies.js";

/** A bar of progress with a sentence below it; `show` takes each state of a schedule. */
export function meter() {
  const bar = el("span");
  const words = el("span", { class: "small quiet" });
  const frame = el("div",
    { class: "meter", role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  return {
    element: el("div", { class: "running" }, frame, words),
    show(state) {
      const done = Math.round((state.progress ?? 0) * 100);
      bar.style.width = `${done}%`;
      frame.setAttribute("aria-valuenow", done);
      fill(words, sentence(state));
    },
  };
}

/** What is known so far, in one line. */
export function sentence({ message, best_makespan: best, bound }) {
  if (best === null || best === undefined) return message || "Planning";
  if (bound === null || bound === undefined) return `best ${hours(best)}`;
  return `best ${hours(best)}, bound ${hours(bound)} (${percent((best - bound) / best)} apart)`;
}

const HEIGHT = 180;
const EDGE = { left: 4, right: 148, top: 16, bottom: 16 };

/** A chart of all states that `show` was given: the best from above, the bound from below. */
export function race() {
  const points = [];
  const drawing = svg("svg", { class: "race", height: HEIGHT, role: "img", "aria-label": "Best makespan and bound so far" });
  new ResizeObserver(() => { if (points.length) draw(drawing, points); }).observe(drawing);
  return {
    element: drawing,
    show(state) {
      if (state.best_makespan === null || state.best_makespan === undefined) return;
      points.push({ at: performance.now(), best: state.best_makespan, bound: state.bound ?? null });
      if (points.length > 600) points.splice(1, 1);
      drawing.setAttribute("aria-label", sentence(state));
      draw(drawing, points);
    },
  };
}

function draw(drawing, points) {
  const right = Math.max(60, drawing.clientWidth - EDGE.right);
  const last = points.at(-1);
  const bounds = points.map((point) => point.bound).filter((bound) => bound !== null);
  const low = Math.min(...bounds, ...points.map((point) => point.best));
  const high = Math.max(...points.map((point) => point.best), low + 1e-6);
  const begin = points[0].at;
  const span = Math.max(1, last.at - begin);
  const x = (at) => EDGE.left + ((at - begin) / span) * (right - EDGE.left);
  const y = (value) => EDGE.top + (1 - (value - low) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const path = (key) => points.filter((point) => point[key] !== null)
    .map((point, index, all) => (index ? `H${x(point.at).toFixed(1)}V${y(point[key]).toFixed(1)}`
      : `M${x(point.at).toFixed(1)} ${y(point[key]).toFixed(1)}`) + (index === all.length - 1 ? `H${right}` : ""))
    .join("");
  const gap = last.bound === null ? Infinity : Math.abs(y(last.best) - y(last.bound));
  const apart = gap < 20 ? (20 - gap) / 2 : 0;
  fill(drawing,
    svg("line", { class: "grid", x1: EDGE.left, x2: right, y1: y(low), y2: y(low) }),
    svg("line", { class: "grid", x1: EDGE.left, x2: right, y1: y(high), y2: y(high) }),
    last.bound === null ? null : svg("path", { class: "between", d: between(points, x, y, right) }),
    svg("path", { class: "best", d: path("best") }),
    last.bound === null ? null : svg("path", { class: "bound", d: path("bound") }),
    label(right, y(last.best) - apart, `best ${hours(last.best)}`),
    last.bound === null ? null : label(right, y(last.bound) + apart, `bound ${hours(last.bound)}`));
}

/** The area between best and bound, as far as both are known. */
function between(points, x, y, right) {
  const both = points.filter((point) => point.bound !== null);
  const there = both.map((point, index) => `${index ? `H${x(point.at)}V` : `M${x(point.at)} `}${y(point.best)}`).join("");
  const back = both.toReversed().map((point) => `V${y(point.bound)}H${x(point.at)}`).join("");
  return `${there}H${right}${back}Z`;
}

function label(x, y, text) {
  return svg("text", { x: x + 8, y: y + 4 }, text);
}
