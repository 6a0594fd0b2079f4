// What a result comes to: its key figures, where the time goes, how good it is known to be.
import { el, hours, number, time } from "./dom.js";
import { figure } from "./lots.js";
import { percent, proof } from "./strategies.js";

/** A card with the key figures of a completed schedule. */
export function keyFigures(schedule, timeline) {
  const { result } = schedule;
  const { kpis } = result;
  const end = result.activities.at(-1)?.end;
  const window = number(timeline.window, Number.isInteger(timeline.window) ? 0 : 2);
  return el("section", { class: "card", "aria-labelledby": "figures-title" },
    el("h2", { id: "figures-title", class: "only-heard" }, "Key figures"),
    proofLine(schedule),
    el("div", { class: "figures" },
      figure("Makespan", hours(result.makespan), { class: "figure main" }),
      figure("Done", end ? time(end) : "–"),
      figure("Filling", percent(result.utilization)),
      figure("Blocks", number(kpis.blocks)),
      figure("Changeovers", number(result.changeovers)),
      figure("Vials", number(kpis.vials)),
      figure("Vials an hour", number(kpis.vials_per_hour))),
    timeSplit(result),
    el("p", { class: "small quiet" }, `The blocks use ${percent(usedPart(kpis))} of their windows of ${window} h.`));
}

function usedPart({ fill_hours: fill, changeover_hours: changeover, unused_window_hours: unused }) {
  const used = fill + changeover;
  return used + unused > 0 ? used / (used + unused) : 0;
}

function proofLine(schedule) {
  const { word, colour, text } = proof({ ...schedule, makespan: schedule.result.makespan });
  const hasBound = schedule.bound !== null && schedule.bound !== undefined && !schedule.proven;
  return el("p", { class: "proof", id: "proof" },
    el("span", { class: `badge ${colour}` }, word), el("span", { class: "small" }, text),
    hasBound ? el("span", { class: "small quiet" }, `Bound ${hours(schedule.bound)}.`) : null);
}

/** One bar of the makespan, split into filling, changeovers and cleans, with a legend. `whole` is how many hours a full bar
 *  is; without it the makespan. */
export function timeSplit(result, whole = result.makespan, hasLegend = true) {
  const { fill_hours: fill, changeover_hours: changeover, clean_hours: clean } = result.kpis;
  const parts = [["fill", "Fill", fill], ["changeover", "Changeover", changeover], ["clean", "Clean", clean]];
  const label = parts.map(([, name, value]) => `${name} ${hours(value)}`).join(", ");
  const bar = el("div", { class: "split", role: "img", "aria-label": label },
    parts.map(([kind, , value]) => {
      const part = el("span", { class: kind });
      part.style.width = `${(100 * value) / whole}%`;
      return part;
    }));
  return hasLegend ? el("div", { class: "stack" }, bar, el("ul", { class: "legend", role: "list" },
    parts.map(([kind, name, value]) => el("li", {}, el("span", { class: `key ${kind}` }), `${name} ${hours(value)}`,
      el("span", { class: "quiet" }, `(${percent(value / result.makespan)})`))))) : bar;
}
