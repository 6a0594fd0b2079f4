// What a Gantt chart says of an activity.
import { el, hours, visible } from "./dom.js";
import { mark } from "./parts.js";
import { kindName } from "./timeline.js";

const MOMENT = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});

export function moment(time) {
  return MOMENT.format(new Date(time));
}

/** In one sentence, for those who listen. */
export function describe(activity) {
  const lot = visible(activity.lot_id ?? "");
  const what = {
    CLEAN: "Clean", FILL: `Fill lot ${lot}, ${visible(activity.lot_type ?? "")}, ${activity.note}`,
    CHANGEOVER: `Changeover to lot ${lot}, ${visible(activity.note)}`,
  }[activity.kind];
  const when = `from ${moment(activity.start)} to ${moment(activity.end)}${late(activity) ? ", late" : ""}`;
  return `${what}. Block ${activity.block + 1}, ${hours(activity.duration_hours)}, ${when}.`;
}

/** Whether a lot is filled only after it is due. */
export function late(activity) {
  return Boolean(activity.due) && Date.parse(activity.end) > Date.parse(activity.due);
}

/** The content of a tooltip. */
export function tooltip(activity, palette) {
  const line = (label, value) => el("div", { class: "tip-line" }, el("span", { class: "quiet" }, label), el("span", {}, value));
  return [
    el("div", { class: "tip-title" }, mark(activity, palette), el("strong", {}, kindName(activity.kind),
      activity.lot_id ? [" ", el("bdi", { class: "name" }, visible(activity.lot_id))] : null)),
    activity.lot_type ? line("Type", el("bdi", { class: "name" }, visible(activity.lot_type))) : null,
    activity.note ? line("Note", visible(activity.note)) : null,
    line("Takes", hours(activity.duration_hours)),
    line("Begins", moment(activity.start)),
    line("Ends", moment(activity.end)),
    activity.due ? line("Due", [moment(activity.due), late(activity) ? el("strong", { class: "late" }, " late") : null]) : null,
    activity.priority !== undefined && activity.priority !== null ? line("Priority", activity.priority) : null,
  ];
}
