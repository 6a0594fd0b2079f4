// Times that are written as a clock on a wall shows them, in a zone.

/** The zones to choose from: the browser's own, UTC, then all others. */
export function zones() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  return [...new Set([own, "UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? [])])];
}

/** The moment at which clocks in `zone` show `local` (`2026-01-05T06:00`), as RFC 3339 in UTC; null for what is no time. Of
 *  two such moments, when clocks are put back, it is the first; one that clocks leap over is moved on. */
export function momentOf(local, zone) {
  const wall = Date.parse(`${local}Z`);
  if (Number.isNaN(wall)) return null;
  // By the offset of the day before, or where that no longer holds by the new one.
  const first = wall - offsetAt(wall - 86_400_000, zone);
  const second = wall - offsetAt(first, zone);
  const moment = offsetAt(second, zone) === wall - second && offsetAt(first, zone) !== wall - first ? second : first;
  return new Date(moment).toISOString().replace(/\.000Z$/, "Z");
}

/** How far clocks in `zone` are ahead of UTC, in milliseconds. */
function offsetAt(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(moment);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  const shown = Date.parse(`${part.year.padStart(4, "0")}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`);
  return shown - Math.floor(moment / 1000) * 1000;
}
