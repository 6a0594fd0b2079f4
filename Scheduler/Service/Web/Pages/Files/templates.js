// Templates of settings: the list of them, and the one that is being looked at.
import { ask, path, post, put, remove, showProblem, toast } from "./api.js";
import { byID, confirmed, el, fill, named, time, visible } from "./dom.js";
import { downloadLink } from "./download.js";
import { frame, whoAmI } from "./frame.js";
import { deletion } from "./parts.js";
import { inWords, settingsToChoose } from "./settings.js";
import { TemplateEditor } from "./template-editor.js";

let settings = null;
let me = null;
let editor = null;
let shown = null;

async function load(select = new URLSearchParams(location.search).get("id")) {
  try {
    [settings, me] = await Promise.all([settingsToChoose(), whoAmI()]);
    showProblem(byID("problem"), null);
    showList();
    if (select === "new") showNew();
    else show(settings.templates.find((each) => each.id === select) ?? null, false);
  } catch (fault) {
    showProblem(byID("problem"), fault);
  }
}

function showList() {
  fill(byID("list"), el("ul", { class: "templates", role: "list" },
    entry({ id: null, name: "System settings", config: settings.system }),
    settings.templates.map(entry)));
}

function entry(template) {
  const isDefault = template.id === settings.own;
  const isOther = template.id !== null && template.owner !== me?.id;
  return el("li", {}, el("button", {
    type: "button", dataset: { id: template.id ?? "" }, "aria-current": (shown?.id ?? null) === template.id ? "true" : null,
    onclick: () => go(template),
  },
  el("span", { class: "row" }, named(template.name), isDefault ? el("span", { class: "badge good" }, "Default") : null,
    template.is_public ? el("span", { class: "badge live" }, isOther ? "Shared with you" : "Shared") : null),
  el("span", { class: "small quiet" }, inWords(template.config))));
}

async function go(template) {
  if (!(await mayLeave())) return;
  history.pushState(null, "", template.id ? path`/app/templates?id=${template.id}` : "/app/templates");
  show(template.id ? template : null, true);
}

async function mayLeave() {
  if (!editor?.isChanged) return true;
  return confirmed({ title: "Leave this template?", text: "What you have changed is not saved.", action: "Leave it" });
}

/** Shows a template, or the system's settings for null. */
function show(template, movesFocus) {
  shown = template;
  const isOwn = template?.owner === me?.id;
  open({
    title: template ? template.name : "System settings", name: template?.name ?? "", config: template?.config ?? settings.system,
    isPublic: template?.is_public ?? false, isReadOnly: !isOwn,
    actions: [
      isOwn ? el("button", { type: "submit", class: "primary" }, "Save") : null,
      template ? defaultButton(template) : null,
      el("button", { type: "button", onclick: () => copyOf(template) }, "Copy"),
      template ? downloadLink(path`/api/v1/config/${template.id}/export`, "Export") : null,
      isOwn ? el("button", { type: "button", class: "danger", onclick: () => erase(template) }, "Delete") : null,
    ],
    note: el("p", { class: "small quiet" }, template
      ? ["Changed ", time(template.updated_at, true), isOwn ? "" : "; it is somebody else's, so you can use it and copy it."]
      : "What holds where nothing else is said. Copy them to have settings of your own."),
    save: (content) => put(path`/api/v1/config/${template.id}`, { ...content, version: template.version }),
  });
  showList();
  if (movesFocus) byID("editor").querySelector("h2")?.focus();
}

function defaultButton(template) {
  if (template.id === settings.own) {
    const act = () => change(() => remove("/api/v1/config/default"), "The system's settings are your default again.");
    return el("button", { type: "button", onclick: act }, "No longer my default");
  }
  const act = () => change(() => post(path`/api/v1/config/${template.id}/set-default`), "It is your default now.");
  return el("button", { type: "button", onclick: act }, "Make it my default");
}

function showNew(from = { name: "", config: settings.system }) {
  shown = { id: "new" };
  open({
    title: "New template", name: from.name, config: from.config, isPublic: false, isReadOnly: false, isNew: true,
    actions: [el("button", { type: "submit", class: "primary" }, "Save")], note: null,
    save: (content) => post("/api/v1/config", content),
  });
  showList();
  byID("editor").querySelector("input")?.focus();
}

async function copyOf(template) {
  if (!(await mayLeave())) return;
  showNew({ name: template ? `Copy of ${template.name}`.slice(0, 255) : "", config: template?.config ?? settings.system });
}

function open(what) {
  editor = new TemplateEditor({ ...what, bounds: settings.bounds, onSaved(template) {
    toast(`${visible(template.name)} is saved.`);
    history.replaceState(null, "", path`/app/templates?id=${template.id}`);
    load(template.id);
  } });
  fill(byID("editor"), editor.element);
}

async function change(doing, text) {
  try {
    await doing();
    toast(text);
    await load(shown?.id ?? null);
  } catch (fault) {
    toast(fault, "bad");
  }
}

async function erase(template) {
  const isSure = await confirmed(deletion("template",
    `${visible(template.name)} will be gone. Schedules that were made with it keep their settings.`));
  if (!isSure) return;
  history.replaceState(null, "", "/app/templates");
  shown = null;
  change(() => remove(path`/api/v1/config/${template.id}`), "The template is deleted.");
}

async function importFile(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file || !(await mayLeave())) return;
  try {
    const headers = { "Content-Type": "application/json" };
    const template = await ask("POST", "/api/v1/config/import", { body: await file.text(), headers });
    toast(`${visible(template.name)} is imported.`);
    history.pushState(null, "", path`/app/templates?id=${template.id}`);
    await load(template.id);
  } catch (fault) {
    toast(fault, "bad");
  }
}

byID("new").addEventListener("click", async () => { if (await mayLeave()) showNew(); });
byID("import").addEventListener("change", importFile);
addEventListener("popstate", () => load());
addEventListener("beforeunload", (event) => { if (editor?.isChanged) event.preventDefault(); });
frame("/app/templates");
load();
