// A Gantt chart with what belongs to it: the choice of its form, zooming, a legend, how to use it.
import { el, hours, visible } from "./dom.js";
import { Gantt } from "./gantt.js";
import { zoomButtons } from "./parts.js";

const SHOWN_TYPES = 16;

export const KEYS = "Arrow keys go from activity to activity, plus and minus zoom, 0 shows all.";

/** `{ element, gantt }`. `onSelect` is called with an activity that somebody chose in the chart. */
export function chartCard(timeline, colours, { onSelect }) {
  const blocks = timeline.blocks.length;
  const gantt = new Gantt(timeline, colours, {
    onSelect, height: Math.min(620, Math.max(160, blocks * 34 + 60)),
    label: `${blocks === 1 ? "1 block" : `${blocks} blocks`}, ${hours(timeline.hours)} in all. ${KEYS} The table below says the same.`,
  });
  const forms = [["A row a block", true], ["One line of time", false]].map(([text, isFolded]) => {
    const button = el("button", { type: "button", class: "small", "aria-pressed": String(gantt.isFolded === isFolded) }, text);
    button.addEventListener("click", () => {
      gantt.fold(isFolded);
      for (const each of forms) each.setAttribute("aria-pressed", String(each === button));
    });
    return button;
  });
  const element = el("section", { class: "card", "aria-labelledby": "chart-title" },
    el("div", { class: "head" }, el("h2", { id: "chart-title" }, "Gantt chart"),
      el("div", { class: "row" },
        el("div", { class: "chips", role: "group", "aria-label": "Form of the chart" }, forms), zoomButtons(gantt))),
    legend(colours), gantt.element,
    el("p", { class: "small quiet" },
      "Drag, scroll or use the arrow keys; zoom with Ctrl and the wheel, two fingers, or + and −."));
  return { element, gantt };
}

/** What colours and patterns mean. */
export function legend(colours) {
  const rest = colours.types.length - SHOWN_TYPES;
  const name = (type) => el("bdi", { class: "name clipped", title: type }, visible(type));
  return el("ul", { class: "legend", role: "list", "aria-label": "Legend" },
    colours.types.slice(0, SHOWN_TYPES).map((type) => el("li", {}, colours.swatch(type), name(type))),
    rest > 0 ? el("li", { class: "quiet" }, `and ${rest} more types`) : null,
    el("li", {}, el("span", { class: "key changeover" }), "Changeover"),
    el("li", {}, el("span", { class: "key clean" }), "Clean"));
}
