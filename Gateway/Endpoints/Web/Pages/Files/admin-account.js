// One account: what it is, what can be done about it, its sessions and locks.
import { ask, get, patch, path, remove, showProblem, toast } from "./api.js";
import { confirmed, el, fill, named, time } from "./dom.js";
import { browserName, own } from "./agents.js";
import { onSubmit, showRefusal, showsPasswords } from "./forms.js";
import { whoAmI } from "./frame.js";
import { card, keep } from "./cards.js";
import { lockEntries } from "./admin-lockouts.js";
import { badges, passwordField } from "./admin-users.js";

export function account({ place, about, refresh, now }) {
  const head = el("div", { class: "stack" });
  const problem = el("div");
  const actions = el("div", { class: "actions" });
  const sessions = el("ul", { role: "list", class: "entries", id: "user-sessions" });
  const locks = el("ul", { role: "list", class: "entries" });
  const back = el("p", {}, el("a", { href: "#users" }, "All accounts"));
  let user = null;
  let isClosed = false;

  fill(place, back, card("Account", head, problem, actions),
    el("div", { class: "pair" }, card("Sessions", sessions), card("Locks", locks)), password(about, () => load()));
  load();

  async function load() {
    try {
      const me = await whoAmI();
      const found = await get(path`/api/v1/admin/users/${about}`);
      if (isClosed) return;
      user = found;
      fill(head, el("p", { class: "row" }, el("strong", {}, named(user.email, false)), badges(user)),
        el("p", { class: "small quiet" }, "ID ", el("span", { class: "code" }, user.id), ", made ", time(user.created_at), ", password of ", time(user.password_changed_at),
          " · ", el("a", { href: `#audit/${encodeURIComponent(user.email)}` }, "what happened"), " · ", el("a", { href: `#limits/${encodeURIComponent(user.email)}` }, "limits")));
      fill(actions, me?.id === user.id ? el("p", { class: "quiet" }, "This is your own account: ", el("a", { href: "/account" }, "look after it there"), ".") : buttons());
      const listed = await get(`/api/v1/admin/sessions?${new URLSearchParams({ user: user.id })}`);
      const live = own(listed.sessions);
      if (!isClosed) keep(sessions, live, () => sessionEntries(live));
    } catch (fault) {
      if (!isClosed) showProblem(problem, fault);
    }
  }

  function buttons() {
    return [
      user.is_active
        ? button("Disable", "danger", "Disable this account?", "Its sessions and API keys end at once, everywhere, and it cannot log in.", () => change({ is_active: false }))
        : button("Enable", "", null, null, () => change({ is_active: true })),
      user.is_superuser
        ? button("Take the administrator's role", "danger", "Take the role?", "Its sessions end, and its API keys that have the scope admin.", () => change({ is_superuser: false }))
        : button("Make administrator", "", "Make this an administrator?", "It may then do everything that is done here. Its sessions end.", () => change({ is_superuser: true })),
      button("Delete", "danger", "Delete this account?", "It is gone for good, with its sessions and API keys.", async () => {
        await remove(path`/api/v1/admin/users/${user.id}`);
        toast(`The account ${user.email} is deleted.`);
        location.hash = "users";
      }),
    ];
  }

  /** A button that asks before it acts, where there is a question. */
  function button(text, kind, title, question, act) {
    return el("button", { type: "button", class: kind, onclick: async () => {
      if (title && !await confirmed({ title, text: el("span", {}, named(user.email), ": ", question), action: text, danger: kind === "danger" })) return;
      try {
        await act();
        showProblem(problem, null);
      } catch (fault) {
        showRefusal(problem, fault);
      }
    } }, text);
  }

  async function change(what) {
    await patch(path`/api/v1/admin/users/${user.id}`, what);
    toast("Done.");
    await load();
  }

  function sessionEntries(found) {
    if (!found.length) return [el("li", { class: "quiet" }, "Nobody is logged in to it.")];
    const end = (query) => async () => {
      try {
        await ask("DELETE", query);
        await load();
      } catch (fault) {
        showRefusal(problem, fault);
      }
    };
    const owner = new URLSearchParams({ user: user.id });
    return [
      ...found.map((session) => el("li", { class: "entry" },
        el("div", { class: "stack tight" },
          el("p", {}, el("strong", {}, named(browserName(session.user_agent)))),
          el("p", { class: "small quiet" }, "From ", el("span", { class: "code" }, session.address), ", since ", time(session.created_at), ", last used ", time(session.last_used_at))),
        el("button", { type: "button", class: "small", "aria-label": `End the session of ${browserName(session.user_agent)} from ${session.address}`, onclick: end(`${path`/api/v1/admin/sessions/${session.id}`}?${owner}`) }, "End"))),
      el("li", { class: "entry" }, el("button", { type: "button", class: "danger", onclick: end(`/api/v1/admin/sessions?${owner}`) }, "End all sessions")),
    ];
  }

  let turns = 0;
  return {
    update() {
      if (!user || !now.lockouts) return;
      const mine = now.lockouts.lockouts.filter((lock) => lock.user === user.email);
      keep(locks, mine, () => (mine.length ? lockEntries(mine, refresh, problem) : [el("li", { class: "quiet" }, "Nothing holds this account up.")]));
      // Sessions come and go more slowly than locks.
      turns += 1;
      if (turns % 4 === 0) load();
    },
    close() { isClosed = true; },
  };
}

function password(about, whenDone) {
  const problem = el("div");
  const shown = el("input", { type: "checkbox" });
  const form = el("form", { class: "stack slim", novalidate: true, autocomplete: "off" },
    passwordField("set-password"), el("label", { class: "row check" }, shown, " Show the password"), problem,
    el("div", { class: "row" }, el("button", { class: "danger" }, "Set the password")));
  showsPasswords(shown);
  onSubmit(form, problem, async (fields) => {
    await patch(path`/api/v1/admin/users/${about}`, { password: fields.get("password") });
    form.reset();
    shown.dispatchEvent(new Event("change"));
    toast("The password is set. The account's sessions have ended and its devices are unknown.");
    whenDone();
  });
  return card("New password", el("p", { class: "quiet" }, "Only once the person has proved who they are: in person, or by a call back on a number that you know."), form);
}
