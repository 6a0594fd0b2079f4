// The page of one's own account.
import { get, path, post, put, remove, showProblem, toast } from "./api.js";
import { announce, byID, confirmed, copy, el, fill, named, time, visible } from "./dom.js";
import { onSubmit, showRefusal, showsPasswords } from "./forms.js";
import { frame, whoAmI } from "./frame.js";
import { browserName, own } from "./agents.js";

const DAY = 86_400;

frame("/account");
showWho();
showPasswordRule();
showFactor();
showSessions();
showKeys();

// Who one is.

async function showWho() {
  const me = await whoAmI();
  if (!me) return fill(byID("who"), el("p", {}, "Who you are could not be asked. Reload the page in a moment."));
  document.querySelector("[name=username]").value = me.email;
  byID("admin-scope").hidden = !me.is_superuser;
  fill(byID("who"),
    fact("E-mail address", named(me.email, false)),
    fact("Role", me.is_superuser ? "Administrator" : "User"),
    fact("Account since", time(me.created_at)));
}

function fact(label, value) {
  return el("div", { class: "figure" }, el("span", { class: "label" }, label), el("span", { class: "fact" }, value));
}

// The password.

async function showPasswordRule() {
  const rule = await get("/api/v1/auth/password").catch(() => null);
  if (!rule) return;
  fill(byID("password-rule"), `${rule.min_length} to ${rule.max_length} characters, any of them, spaces included. Four or five words that ` +
    "have nothing to do with each other are good. Not a common password, and none made of your address or of words of this place.");
  const input = byID("new_password");
  const count = () => {
    const length = [...input.value.normalize("NFC")].length;
    byID("password-length").textContent = length === 0 ? ""
      : length < rule.min_length ? `${rule.min_length - length} more to go` : `${length} characters: long enough`;
  };
  input.addEventListener("input", count);
  input.form.addEventListener("reset", () => setTimeout(count));
}

showsPasswords(byID("password-shown"));
onSubmit(byID("password-form"), byID("password-problem"), async (fields) => {
  const body = { current_password: fields.get("current_password"), new_password: fields.get("new_password") };
  if (fields.get("code")) body.code = fields.get("code");
  await put("/api/v1/auth/password", body);
  byID("password-form").reset();
  byID("password-shown").dispatchEvent(new Event("change"));
  toast("The password is changed. Every other session has ended.");
  await showSessions();
});

// The second factor.

async function showFactor() {
  const place = byID("factor-content");
  let factor;
  try {
    factor = await get("/api/v1/auth/totp");
  } catch (fault) {
    return showProblem(place, fault);
  }
  byID("password-code").hidden = !factor.enrolled;
  const few = factor.recovery_codes <= 3;
  fill(place, factor.enrolled
    ? [
      el("p", { class: "row" }, el("span", { class: "badge good" }, "On"),
        "You log in with your password and a code of your app."),
      el("p", { class: few ? "notice warn" : "quiet" }, few && factor.recovery_codes === 0
        ? "No recovery code is left. Remove the second factor and bring it in anew to get ten."
        : `Recovery codes left: ${factor.recovery_codes} of 10.`),
      factor.required ? el("p", { class: "quiet" }, "Accounts like yours must have one, so it cannot be removed.") : removal(),
    ]
    : [
      el("p", { class: "row" }, el("span", { class: "badge" }, "Off"),
        "With an authenticator app, whoever learns your password still does not get in."),
      el("div", { class: "row" }, el("a", { class: "button primary", href: "/second-factor" }, "Bring in an app")),
    ]);
}

function removal() {
  const problem = el("div");
  const form = el("form", { class: "stack", novalidate: true },
    el("div", { class: "field" }, el("label", { for: "remove-password" }, "Password"),
      el("input", { id: "remove-password", name: "password", type: "password", autocomplete: "current-password", required: true })),
    el("div", { class: "field" }, el("label", { for: "remove-code" }, "One-time code"),
      el("input", { id: "remove-code", name: "code", autocomplete: "one-time-code", autocapitalize: "off", spellcheck: "false", maxlength: 64, required: true })),
    problem,
    el("div", { class: "row" }, el("button", { class: "danger" }, "Remove the second factor")));
  onSubmit(form, problem, async (fields) => {
    await remove("/api/v1/auth/totp", { json: { password: fields.get("password"), code: fields.get("code") } });
    toast("The second factor is removed. Every other session has ended.");
    await Promise.all([showFactor(), showSessions()]);
  });
  return el("details", { class: "more" }, el("summary", {}, "Remove it"), form);
}

// Sessions.

async function showSessions() {
  const place = byID("sessions");
  try {
    const { sessions } = await get("/api/v1/auth/sessions");
    fill(place, own(sessions).sort((one, other) => other.current - one.current).map(sessionEntry));
  } catch (fault) {
    showProblem(byID("sessions-problem"), fault);
  } finally {
    place.setAttribute("aria-busy", "false");
  }
}

function sessionEntry(session) {
  const browser = browserName(session.user_agent);
  return el("li", { class: "entry" },
    el("div", { class: "stack tight" },
      el("p", { class: "row" }, el("strong", {}, browser),
        session.current ? el("span", { class: "badge good" }, "This one") : null),
      el("p", { class: "small quiet" }, "Since ", time(session.created_at), " from ", el("span", { class: "code" }, session.address),
        ", last used ", time(session.last_used_at, true), ", ends ", time(session.expires_at, true), " at the latest"),
      browser === visible(session.user_agent) || !session.user_agent ? null : el("p", { class: "small quiet row" }, named(session.user_agent))),
    el("button", { type: "button", class: "small", "aria-label": session.current ? "Log out here" : `End the session of ${browser} from ${session.address}`,
      onclick: () => endSession(session) }, session.current ? "Log out" : "End"));
}

async function endSession(session) {
  try {
    await remove(path`/api/v1/auth/sessions/${session.id}`);
    showProblem(byID("sessions-problem"), null);
    if (session.current) return void location.assign("/login");
    announce("The session has ended");
    await showSessions();
    byID("sessions-title").parentElement.querySelector("button").focus();
  } catch (fault) {
    showRefusal(byID("sessions-problem"), fault);
  }
}

byID("logout-all").addEventListener("click", async () => {
  const isMeant = await confirmed({
    title: "Log out everywhere?", action: "Log out everywhere", danger: true,
    text: "Every session of yours ends at once, this one too. API keys go on.",
  });
  if (!isMeant) return;
  try {
    await post("/api/v1/auth/logout-all");
    location.assign("/login");
  } catch (fault) {
    showRefusal(byID("sessions-problem"), fault);
  }
});

// API keys.

async function showKeys() {
  const place = byID("keys");
  try {
    const { keys, policy } = await get("/api/v1/auth/keys");
    if (!byID("key-days").options.length) fillLifetimes(policy);
    const isFull = keys.length >= policy.per_user;
    byID("new-key").disabled = isFull;
    fill(place, keys.length ? keys.map(keyEntry) : el("li", { class: "quiet" }, "You have no keys."),
      isFull ? el("li", { class: "quiet" }, `These are the ${policy.per_user} that you may have; revoke one to make another.`) : null);
  } catch (fault) {
    showProblem(byID("keys-problem"), fault);
  } finally {
    place.setAttribute("aria-busy", "false");
  }
}

function fillLifetimes({ lifetime, max_lifetime: longest }) {
  const spans = [...new Set([DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 365 * DAY, lifetime, longest])]
    .filter((span) => span <= longest).sort((one, other) => one - other);
  fill(byID("key-days"), spans.map((span) => el("option", { value: span, selected: span === lifetime }, words(span))));
}

function words(seconds) {
  const [count, unit] = seconds >= DAY ? [seconds / DAY, "day"] : seconds >= 3600 ? [seconds / 3600, "hour"] : [seconds, "second"];
  const rounded = Math.round(count * 10) / 10;
  return `${rounded} ${unit}${rounded === 1 ? "" : "s"}`;
}

function keyEntry(key) {
  return el("li", { class: "entry" },
    el("div", { class: "stack tight" },
      el("p", { class: "row" }, el("strong", {}, named(key.name)), key.scopes.map((scope) => el("span", { class: `badge ${scope === "admin" ? "warn" : ""}` }, scope))),
      el("p", { class: "small quiet" }, "Made ", time(key.created_at), ", ends ", time(key.expires_at),
        key.last_used_at ? [", last used ", time(key.last_used_at, true)] : ", never used"),
      key.addresses.length ? el("p", { class: "small quiet" }, "Only from ", el("span", { class: "code" }, key.addresses.join(", "))) : null),
    el("button", { type: "button", class: "small danger", "aria-label": `Revoke the key ${key.name}`, onclick: () => revokeKey(key) }, "Revoke"));
}

async function revokeKey(key) {
  const isMeant = await confirmed({
    title: "Revoke this key?", action: "Revoke", danger: true,
    text: el("span", {}, "Programs that use ", named(key.name), " are refused from now on. It cannot be brought back."),
  });
  if (!isMeant) return;
  try {
    await remove(path`/api/v1/auth/keys/${key.id}`);
    announce("The key is revoked");
    await showKeys();
    byID("new-key").focus();
  } catch (fault) {
    showRefusal(byID("keys-problem"), fault);
  }
}

const keyForm = byID("key-form");

function openKeyForm(isOpen) {
  keyForm.hidden = !isOpen;
  byID("new-key").setAttribute("aria-expanded", String(isOpen));
  (isOpen ? byID("key-name") : byID("new-key")).focus();
}

byID("new-key").addEventListener("click", () => openKeyForm(keyForm.hidden));
byID("key-cancel").addEventListener("click", () => { keyForm.reset(); openKeyForm(false); });

onSubmit(keyForm, byID("key-problem"), async (fields) => {
  const key = await post("/api/v1/auth/keys", {
    name: fields.get("name"), scopes: fields.getAll("scopes"), expires_in: Number(fields.get("days")),
    addresses: fields.get("addresses").split(/[\s,]+/).filter(Boolean),
  });
  keyForm.reset();
  openKeyForm(false);
  showSecret(key);
  await showKeys();
}, { expires_in: "days" });

function showSecret(key) {
  const secret = el("input", { id: "secret", class: "code", readonly: true, value: key.key, "aria-label": "The new key's secret", onfocus: (event) => event.target.select() });
  fill(byID("key-secret"), el("div", { class: "notice good" },
    el("p", {}, "The key ", named(key.name), " is made. Copy its secret now: it is shown this once and never again."),
    el("div", { class: "secret" }, secret,
      el("button", { type: "button", class: "primary", onclick: (event) => copy(key.key, event.currentTarget) }, "Copy"),
      el("button", { type: "button", onclick: () => { fill(byID("key-secret")); byID("new-key").focus(); } }, "I have it"))));
  secret.focus();
}
