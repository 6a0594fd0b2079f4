// Accounts: looking for one, making one, and the list.
import { get, path, post, showProblem, toast } from "./api.js";
import { announce, byID, el, fill, named, time } from "./dom.js";
import { onSubmit, showsPasswords } from "./forms.js";
import { account } from "./admin-account.js";
import { card } from "./cards.js";

export function users(context) {
  return context.about ? account(context) : list(context);
}

function list({ place }) {
  const search = el("input", { id: "user-search", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "part of an e-mail address" });
  const found = el("ul", { role: "list", class: "entries", id: "users", "aria-busy": "true" });
  const more = el("button", { type: "button", hidden: true }, "More");
  const problem = el("div");
  let cursor = null;
  let round = 0;
  let timer = null;

  async function load(isAnew) {
    const asked = isAnew ? ++round : round;
    const fields = new URLSearchParams();
    if (search.value.trim()) fields.set("search", search.value.trim());
    if (!isAnew && cursor) fields.set("cursor", cursor);
    try {
      const page = await get(`/api/v1/admin/users?${fields}`);
      if (asked !== round) return;
      if (isAnew) fill(found);
      cursor = page.next;
      more.hidden = cursor === null;
      found.append(...page.users.map(entry));
      if (!found.children.length) fill(found, el("li", { class: "quiet" }, cursor ? "None so far; there are more to look through." : "No account has that in its address."));
      announce(`${found.querySelectorAll(".entry").length} accounts`);
      showProblem(problem, null);
    } catch (fault) {
      showProblem(problem, fault);
    } finally {
      found.setAttribute("aria-busy", "false");
    }
  }

  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => load(true), 250); });
  more.addEventListener("click", () => load(false));
  fill(place,
    card("Accounts", el("div", { class: "field slim" }, el("label", { for: "user-search" }, "Search"), search), problem, found, el("div", { class: "row" }, more)),
    creation(() => load(true)));
  load(true);
  return { close() { clearTimeout(timer); } };
}

function entry(user) {
  return el("li", { class: "entry" },
    el("div", { class: "stack tight" },
      el("p", { class: "row" }, el("a", { class: "name-link", href: `#users/${user.id}` }, named(user.email)), badges(user)),
      el("p", { class: "small quiet" }, "Made ", time(user.created_at), ", password of ", time(user.password_changed_at))));
}

/** What there is to know of an account at a glance. */
export function badges(user) {
  return [
    user.is_superuser ? el("span", { class: "badge live" }, "Administrator") : null,
    user.is_active ? null : el("span", { class: "badge bad" }, "Disabled"),
    user.second_factor ? el("span", { class: "badge good" }, "Second factor") : null,
  ];
}

function creation(whenDone) {
  const problem = el("div");
  const shown = el("input", { type: "checkbox" });
  const form = el("form", { class: "stack slim", novalidate: true, autocomplete: "off" },
    el("div", { class: "field" }, el("label", { for: "new-email" }, "E-mail address"), el("input", { id: "new-email", name: "email", type: "email", required: true, autocomplete: "off" })),
    passwordField("created-password"),
    el("label", { class: "row check" }, shown, " Show the password"),
    el("label", { class: "row check" }, el("input", { type: "checkbox", name: "is_superuser" }), el("span", {}, el("b", {}, "Administrator"), ": may do all that is done here")),
    problem, el("div", { class: "row" }, el("button", { class: "primary" }, "Make the account")));
  showsPasswords(shown);
  onSubmit(form, problem, async (fields) => {
    const made = await post("/api/v1/admin/users", { email: fields.get("email"), password: fields.get("password"), is_superuser: fields.has("is_superuser") });
    form.reset();
    shown.dispatchEvent(new Event("change"));
    toast(`The account ${made.email} is made.`);
    whenDone();
  });
  return card("New account", form);
}

/** A field for a password that an administrator thinks of, to be handed over in person. */
export function passwordField(id) {
  const input = el("input", { id, name: "password", type: "password", autocomplete: "new-password", required: true });
  return el("div", { class: "field" }, el("label", { for: id }, "Password"), input,
    el("p", { class: "hint" }, "Hand it over in person, and have it changed at once."),
    el("div", { class: "row" }, el("button", { type: "button", class: "small", onclick: () => { input.value = suggestion(); input.type = "text"; input.focus(); } }, "Make one up")));
}

/** Twenty letters and digits that nobody mixes up, by chance: 100 bits. */
function suggestion() {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789ABC";
  const random = crypto.getRandomValues(new Uint8Array(20));
  return [...random].map((byte, index) => (index && index % 5 === 0 ? "-" : "") + letters[byte % 32]).join("");
}
