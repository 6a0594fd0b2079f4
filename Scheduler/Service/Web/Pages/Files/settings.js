// The settings that a schedule may start from: the system's, and templates.
import { ask, get } from "./api.js";
import { el, fill, number, visible } from "./dom.js";

const MOST = 50;

/** `{ system, bounds, templates, own }`: the system's settings, the bounds of their figures, what can be chosen, and the ID
 *  of the user's default. */
export async function settingsToChoose() {
  const [system, list, own] = await Promise.all([
    get("/api/v1/config/system/default"), get(`/api/v1/configs?page_size=${MOST}`),
    get("/api/v1/config/default").catch((fault) => { if (fault.status === 404) return null; throw fault; }),
  ]);
  const templates = list.templates.some((each) => each.id === own?.id) || !own ? list.templates : [own, ...list.templates];
  return { system: system.config, bounds: system.bounds, templates, own: own?.id ?? null };
}

/** Fills a `select` with them; the default is chosen. */
export function fillChoice(select, { templates, own }) {
  fill(select,
    el("option", { value: "system", selected: own === null }, "System settings"),
    templates.map((each) => el("option", { value: each.id, selected: each.id === own },
      visible(each.name), each.id === own ? " (your default)" : "", each.is_public ? " · shared" : "")));
  select.value = own ?? "system";
}

/** The chosen settings themselves. */
export function chosen(select, { system, templates }) {
  return templates.find((each) => each.id === select.value)?.config ?? system;
}

/** Settings in one line. */
export function inWords(config) {
  const matrix = Object.keys(config.changeover_matrix ?? {}).length;
  const changeovers = matrix ? "changeovers by matrix"
    : `changeover ${plain(config.chg_same_hours)} h within a type, ${plain(config.chg_diff_hours)} h between types`;
  const line = `clean ${plain(config.clean_hours)} h, window ${plain(config.window_hours)} h`;
  return `${number(config.fill_rate_vph)} vials an hour, ${line}, ${changeovers}`;
}

function plain(value) {
  return new Intl.NumberFormat("en", { maximumFractionDigits: 4 }).format(value);
}

/** Asks whether the API would take a template. */
export function checkSettings(config) {
  return ask("POST", "/api/v1/config/validate", { json: { config } });
}

/** A typed figure as a number, with a comma for the point where it was typed so. */
export function figureOf(text) {
  const typed = text.trim().replace(",", ".");
  return typed !== "" && Number.isFinite(Number(typed)) ? Number(typed) : text.trim();
}
