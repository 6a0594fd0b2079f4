// The form of one template: figures with their bounds, the changeover matrix as a grid, and what the API says against them.
import { showProblem } from "./api.js";
import { el, fill, named, number } from "./dom.js";
import { MatrixGrid } from "./matrix.js";
import { checkSettings, figureOf } from "./settings.js";

const PAUSE = 300;
const FIGURES = [
  ["fill_rate_vph", "Fill rate", "vials an hour"], ["clean_hours", "Clean before each block", "hours"],
  ["window_hours", "Window of a block", "hours"],
  ["chg_same_hours", "Changeover within a type", "hours"], ["chg_diff_hours", "Changeover between types", "hours"],
];
const CHOICES = [
  ["cfs_cluster_order", "cfs-pack orders its clusters by", [["count", "number of lots"], ["hours", "hours to fill"]]],
  ["cfs_within", "and within a cluster", [["lpt", "long fills first"], ["spt", "short fills first"]]],
];
let count = 0;

export class TemplateEditor {
  isChanged = false;
  #inputs = new Map(); #faults = new Map(); #timer = null; #problem = el("div", {}); #save; #onSaved; #other = {};

  constructor({ title, name, config, isPublic, isReadOnly, isNew = false, actions, note, bounds, save, onSaved }) {
    count += 1;
    this.isChanged = isNew && Boolean(name);
    this.#save = save;
    this.#onSaved = onSaved;
    const known = [...FIGURES, ...CHOICES].map(([key]) => key);
    // What a later version of the API adds is kept as it is.
    this.#other = Object.fromEntries(Object.entries(config)
      .filter(([key]) => !known.includes(key) && key !== "changeover_matrix"));
    this.name = el("input", { id: `name-${count}`, maxlength: 255, value: name, required: true, autocomplete: "off" });
    this.isPublic = el("input", { id: `public-${count}`, type: "checkbox", checked: isPublic });
    this.matrix = new MatrixGrid(config.changeover_matrix ?? {},
      { bounds: bounds.chg_diff_hours, isReadOnly, onChange: () => this.#changed() });
    const fieldset = el("fieldset", { class: "stack", disabled: isReadOnly },
      el("legend", { class: "only-heard" }, "Settings"),
      title === "System settings" ? null : [
        this.#field("name", "Name", this.name),
        el("label", { class: "row", for: this.isPublic.id }, this.isPublic, "Shared: everybody may read, use and copy it")],
      el("div", { class: "cards" }, FIGURES.map(([key, label, unit]) => this.#figure(key, label, unit, config[key], bounds[key])),
        CHOICES.map(([key, label, options]) => this.#choice(key, label, options, config[key]))),
      el("div", { class: "stack" }, el("h3", {}, "Changeover matrix"),
        el("p", { class: "small quiet" },
          "Hours from the type of a row to the type of a column. A cell that is empty has the changeover above."),
        this.#faultOf("changeover_matrix"), this.matrix.element));
    this.element = el("form",
      { class: "card", novalidate: true, onsubmit: (event) => this.#submit(event), oninput: () => this.#changed() },
      el("h2", { tabindex: -1 }, isNew ? title : named(title, false)), note, fieldset, this.#problem,
      el("div", { class: "row" }, actions));
  }

  #field(key, label, input, hint) {
    if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
    return el("div", { class: "field" }, el("label", { for: input.id }, label), input,
      hint ? el("span", { class: "hint", id: `${input.id}-hint` }, hint) : null, this.#faultOf(key));
  }

  #faultOf(key) {
    const place = el("span", { class: "fault", "aria-live": "polite" });
    this.#faults.set(key, place);
    return place;
  }

  #figure(key, label, unit, value, bounds) {
    const input = el("input",
      { id: `${key}-${count}`, inputmode: "decimal", autocomplete: "off", value: String(value), class: "number" });
    this.#inputs.set(key, input);
    return this.#field(key, label, input, bounds ? `${unit}, ${digits(bounds.minimum)} to ${digits(bounds.maximum)}` : unit);
  }

  #choice(key, label, options, value) {
    const select = el("select", { id: `${key}-${count}` },
      options.map(([option, text]) => el("option", { value: option, selected: option === value }, text)));
    this.#inputs.set(key, select);
    return this.#field(key, label, select);
  }

  /** What the form says; a figure that is no number is said as it was typed, for the API to refuse. */
  get config() {
    const config = { ...this.#other };
    for (const [key] of FIGURES) config[key] = figureOf(this.#inputs.get(key).value);
    for (const [key] of CHOICES) config[key] = this.#inputs.get(key).value;
    const { matrix } = this.matrix;
    if (Object.keys(matrix).length) config.changeover_matrix = matrix;
    return config;
  }

  #changed() {
    this.isChanged = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      try { this.#mark((await checkSettings(this.config)).errors); } catch { /* Saving will say it. */ }
    }, PAUSE);
  }

  #mark(faults) {
    const of = (key) => faults.filter(({ field }) =>
      field === key || field === `config.${key}` || field?.startsWith(`config.${key}.`));
    for (const [key, place] of this.#faults) {
      place.textContent = of(key).map(({ field, message }) => (key === "changeover_matrix" && field.split(".").length > 2
        ? `${field.split(".").slice(2).join(" to ")}: ${message}` : message)).join("; ");
      const input = key === "name" ? this.name : this.#inputs.get(key);
      input?.setAttribute("aria-invalid", String(of(key).length > 0));
    }
  }

  async #submit(event) {
    event.preventDefault();
    clearTimeout(this.#timer);
    try {
      const template = await this.#save({ name: this.name.value, is_public: this.isPublic.checked, config: this.config });
      this.isChanged = false;
      this.#onSaved(template);
    } catch (fault) {
      this.#mark(fault.faults ?? []);
      showProblem(this.#problem, fault);
      if (fault.code === "template-changed") {
        fill(this.#problem, this.#problem.firstChild,
          el("p", {}, "Somebody has saved it since you opened it. Copy what you need, then ",
            el("a", { href: location.href }, "read it again"), "."));
      }
    }
  }
}

function digits(value) {
  return number(value, Number.isInteger(value) ? 0 : 4);
}
