// What strategies make of the same lots, side by side.
import { path } from "./api.js";
import { KEYS, legend } from "./chart-card.js";
import { el, hours } from "./dom.js";
import { timeSplit } from "./figures.js";
import { Gantt } from "./gantt.js";
import { palette } from "./palette.js";
import { zoomButtons } from "./parts.js";
import { proof } from "./strategies.js";
import { timelineOf } from "./timeline.js";

/** Which strategy is best, and what it saves. */
export function saving({ best_strategy: best, best_makespan: makespan, bound }, planned) {
  const known = planned.find((each) => each.strategy === best);
  const isProven = known?.proven || (bound !== null && makespan - bound < 1e-9);
  const { word, colour, text } = proof({ makespan, bound, gap: null, proven: isProven });
  return el("p", { class: "proof", id: "saving" },
    el("span", { class: "badge good" }, "Best"), el("strong", {}, best),
    el("span", {}, `${hours(makespan)}. ${saved(makespan, planned.filter((each) => each !== known))}`),
    el("span", { class: `badge ${colour}`, title: text }, word));
}

function saved(makespan, others) {
  const more = others.map((each) => each.makespan - makespan).sort((first, second) => first - second);
  const [least, most] = [more[0] ?? 0, more.at(-1) ?? 0];
  if (most < 0.005) return others.length ? "No other is longer." : "";
  if (least < 0.005) return `It saves ${hours(most)} against the longest; another is as short.`;
  if (most - least < 0.005) return `It saves ${hours(most)} against ${others.length === 1 ? "the other" : "the others"}.`;
  return `It saves ${hours(least)} against the next and ${hours(most)} against the longest.`;
}

/** A bar for each strategy, all on one scale, best first. */
export function makespanBars({ best_strategy: best }, planned) {
  const whole = Math.max(...planned.map((each) => each.makespan));
  const sorted = [...planned].sort((first, second) => first.makespan - second.makespan);
  return el("div", { class: "stack" },
    el("ul", { class: "compared", role: "list" }, sorted.map((each) => el("li", { class: each.strategy === best ? "best" : null },
      el("span", { class: "row tight" }, el("a", { href: path`/app/schedule?id=${each.schedule_id}` }, each.strategy),
        each.strategy === best ? el("span", { class: "badge good" }, "Best") : null),
      el("div", {}, timeSplit(each.result, whole, false)),
      el("span", { class: "number" }, hours(each.makespan),
        each.makespan - sorted[0].makespan < 0.005 ? null
          : el("span", { class: "small quiet" }, ` +${hours(each.makespan - sorted[0].makespan)}`))))),
    el("ul", { class: "legend", role: "list" }, [["fill", "Fill"], ["changeover", "Changeover"], ["clean", "Clean"]]
      .map(([kind, name]) => el("li", {}, el("span", { class: `key ${kind}` }), name))));
}

/** A card with a Gantt chart for each, one under the other on one scale; to scroll or zoom one is to do it to all. */
export function ganttsOf(planned) {
  const timelines = planned.map((each) => timelineOf(each.result));
  const colours = palette(timelines.flatMap((timeline) => timeline.types));
  const whole = Math.max(...timelines.map((timeline) => timeline.hours));
  const charts = timelines.map((timeline, index) => new Gantt(timeline, colours, {
    isFolded: false, whole, height: 150, label: `${planned[index].strategy}, ${hours(timeline.hours)}. ${KEYS}`,
    onView: () => { for (const other of charts) if (other !== charts[index]) other.follow(charts[index].view); },
  }));
  const element = el("section", { class: "card", "aria-labelledby": "gantts-title" },
    el("div", { class: "head" }, el("h2", { id: "gantts-title" }, "Gantt charts on one scale"), zoomButtons(charts[0])),
    colours.defs(), legend(colours),
    charts.map((chart, index) => el("div", { class: "stack tight" },
      el("h3", { class: "row" }, planned[index].strategy, el("span", { class: "quiet small" }, hours(planned[index].makespan))),
      chart.element)));
  return { element, fit: () => charts[0].fit() };
}
