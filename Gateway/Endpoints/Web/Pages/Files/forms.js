// What the gateway's forms have in common: faults at their fields, and logging in anew without leaving the page.
import { problemBox, showProblem } from "./api.js";
import { byID, el, fill } from "./dom.js";

/** Sends the form by `act` when it is submitted, at most once at a time. What is refused is shown in `place`, and each
 *  fault at its field; what was typed stays. `fields` maps the API's names to those of the form where they differ. */
export function onSubmit(form, place, act, fields = {}) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    const button = form.querySelector("button:not([type]), button[type=submit]");
    button.setAttribute("aria-disabled", "true");
    clearFaults(form);
    showProblem(place, null);
    try {
      const empty = [...form.elements].filter((input) => input.required && !input.value && !input.closest("[hidden]"));
      if (empty.length) {
        for (const input of empty) mark(input, "must not be empty");
        return void empty[0].focus();
      }
      await act(new FormData(form));
    } catch (fault) {
      showRefused(form, place, fault, fields);
    } finally {
      delete form.dataset.busy;
      button.removeAttribute("aria-disabled");
    }
  });
}

/** Shows why something was not done: where it takes a fresh login, with the way there. */
export function showRefusal(place, fault) {
  if (fault.code !== "reauthentication-required") return showProblem(place, fault);
  const box = el("div", { class: "notice warn", role: "alert" },
    el("p", {}, "This takes a login of a moment ago."),
    el("p", { class: "small" }, "Log in again in the new tab, come back to this one and repeat it. What you have typed stays."),
    el("div", { class: "row" },
      el("a", { class: "button primary", href: "/login?next=/account", target: "_blank", rel: "opener" }, "Log in again")));
  fill(place, box);
  box.scrollIntoView({ block: "nearest" });
}

function showRefused(form, place, fault, fields) {
  const rest = [];
  let first = null;
  for (const each of fault.faults ?? []) {
    const name = fields[each.field] ?? each.field;
    const field = form.elements[name] ?? null;
    const input = field instanceof RadioNodeList ? field[0] : field;
    if (!input || input.closest("[hidden]")) rest.push(each);
    else {
      mark(input, each.message);
      first ??= input;
    }
  }
  if (first && rest.length === 0) {
    first.focus();
    // The fields say what is wrong; the request's ID is of use all the same.
    const box = problemBox(Object.assign(new Error("Some of the fields need another look."), { requestID: fault.requestID }));
    fill(place, box);
  } else showRefusal(place, fault);
}

/** Says at `input` what is wrong with it. */
function mark(input, message) {
  const id = `${input.id || input.name}-fault`;
  input.setAttribute("aria-invalid", "true");
  const told = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
  input.setAttribute("aria-describedby", [id, ...told].join(" "));
  byID(id)?.remove();
  const note = el("p", { class: "fault", id }, `It ${message}.`);
  const group = input.closest(".field") ?? input.parentElement;
  if (input.type === "checkbox") group.append(note);
  else input.after(note);
}

function clearFaults(form) {
  for (const note of form.querySelectorAll(".fault")) note.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    const told = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && !each.endsWith("-fault"));
    if (told.length) input.setAttribute("aria-describedby", told.join(" "));
    else input.removeAttribute("aria-describedby");
  }
}

/** Has the checkbox show what is typed into the password fields of its form. */
export function showsPasswords(checkbox) {
  checkbox.addEventListener("change", () => {
    for (const input of checkbox.form.querySelectorAll("input[autocomplete$='-password']")) {
      input.type = checkbox.checked ? "text" : "password";
    }
  });
}
