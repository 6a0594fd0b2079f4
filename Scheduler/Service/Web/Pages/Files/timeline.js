// A result as charts and tables need it: its activities by block, in hours from the start.

const HOUR = 3_600_000;

/** `{ activities, blocks, start, hours, window, types }`. Each activity has its number, its block, and `from` and `to` in hours
 *  from the start; each block its number, `from`, `clean` and `used` hours. */
export function timelineOf(result) {
  const start = Date.parse(result.activities[0]?.start ?? 0);
  const blocks = [];
  const activities = result.activities.map((activity, index) => {
    const from = (Date.parse(activity.start) - start) / HOUR;
    const shown = { ...activity, index, from, to: from + activity.duration_hours };
    if (activity.kind === "CLEAN" || blocks.length === 0) {
      const clean = activity.kind === "CLEAN" ? activity.duration_hours : 0;
      blocks.push({ index: blocks.length, from, clean, used: 0, activities: [] });
    }
    const block = blocks.at(-1);
    if (activity.kind !== "CLEAN") block.used += activity.duration_hours;
    block.activities.push(shown);
    block.to = shown.to;
    shown.block = block.index;
    return shown;
  });
  const { fill_hours: fill, changeover_hours: changeover, unused_window_hours: unused } = result.kpis;
  return {
    activities, blocks, start, hours: result.makespan,
    window: blocks.length ? (fill + changeover + unused) / blocks.length : 0,
    clean: Math.max(0, ...blocks.map((block) => block.clean)),
    types: activities.filter((activity) => activity.kind === "FILL").map((activity) => activity.lot_type),
  };
}

const KINDS = { CLEAN: "Clean", CHANGEOVER: "Changeover", FILL: "Fill" };

export function kindName(kind) {
  return KINDS[kind] ?? kind;
}
