// The ticks of a Gantt chart: hours of a block, or days of the calendar.

const ROOM = 72;
const HOUR = 3_600_000;
const STEPS = [1, 2, 4, 6, 12, 24];
const DAYS = [1, 2, 7, 14];
const MONTHS = [1, 2, 3, 6, 12];

const words = (parts) => new Intl.DateTimeFormat("en-GB", parts);
const HOUR_OF_DAY = words({ hour: "2-digit", minute: "2-digit" });
const DAY = words({ weekday: "short", day: "numeric", month: "short" });
const DATE = words({ day: "numeric", month: "short" });
const MONTH = words({ month: "short", year: "2-digit" });
const YEAR = words({ year: "numeric" });

/** The ticks from `from` to `to` (hours), `scale` pixels an hour: `{ at, text, isStrong }`. */
export function axis({ timeline, isFolded, scale, from, to }) {
  const step = STEPS.find((hours) => hours * scale >= ROOM);
  if (isFolded) return hoursOfBlock(step ?? 24, from, Math.min(to, timeline.clean + timeline.window));
  const end = Math.min(to, timeline.hours);
  if (step && step < 24) return clock(timeline.start, step, from, end);
  const days = DAYS.find((count) => count * 24 * scale >= ROOM);
  if (days) return calendar(timeline.start, days, from, end);
  return months(timeline.start, MONTHS.find((count) => count * 730 * scale >= ROOM) ?? 12, from, end);
}

function hoursOfBlock(step, from, to) {
  const ticks = [];
  for (let at = Math.max(0, Math.floor(from / step) * step); at <= to; at += step) {
    ticks.push({ at, text: `${at} h`, isStrong: at % 24 === 0 });
  }
  return ticks;
}

/** Every `step` hours of the day, in the browser's zone. */
function clock(start, step, from, to) {
  const ticks = [];
  const moment = midnight(start + from * HOUR);
  for (; moment.getTime() <= start + to * HOUR; moment.setHours(moment.getHours() + step)) {
    const isDay = moment.getHours() === 0;
    ticks.push(tick(moment, start, isDay, isDay ? DAY : HOUR_OF_DAY));
  }
  return ticks.filter(({ at }) => at >= 0);
}

function calendar(start, step, from, to) {
  const ticks = [];
  const moment = midnight(start + from * HOUR);
  // Weeks begin on Mondays, and so does what is counted in them.
  const past = step % 7 === 0 ? (moment.getDay() + 6) % 7 : (moment.getDate() - 1) % step;
  moment.setDate(moment.getDate() - past);
  for (; moment.getTime() <= start + to * HOUR; moment.setDate(moment.getDate() + step)) {
    ticks.push(tick(moment, start, moment.getDate() <= step, DATE));
  }
  return ticks.filter(({ at }) => at >= 0);
}

function months(start, step, from, to) {
  const ticks = [];
  const moment = midnight(start + from * HOUR);
  moment.setDate(1);
  moment.setMonth(Math.floor(moment.getMonth() / step) * step);
  for (; moment.getTime() <= start + to * HOUR; moment.setMonth(moment.getMonth() + step)) {
    const isYear = moment.getMonth() === 0;
    ticks.push(tick(moment, start, isYear, isYear ? YEAR : MONTH));
  }
  return ticks.filter(({ at }) => at >= 0);
}

function midnight(moment) {
  const day = new Date(moment);
  day.setHours(0, 0, 0, 0);
  return day;
}

function tick(moment, start, isStrong, words) {
  return { at: (moment.getTime() - start) / HOUR, isStrong, text: words.format(moment) };
}
