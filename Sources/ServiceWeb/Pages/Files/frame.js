// The bar at the top of every page: where one can go, who one is, the way out.
import { get } from "./api.js";
import { byID, el, fill, named } from "./dom.js";
import { belongsTo, watchSession } from "./session.js";

const PLANNER = [["/app/", "Schedules"], ["/app/new", "New schedule"], ["/app/compare", "Compare"], ["/app/templates", "Templates"]];
const ADMINISTRATION = ["/admin/", "Administration"];

let asked = null;

/** Who is logged in, as `/api/v1/auth/me` tells; null if it does not. Asked once a page. */
export function whoAmI() {
  asked ??= get("/api/v1/auth/me").catch(() => null);
  return asked;
}

/** Fills the header `top` of the page at the address `here`, and begins to watch the session. */
export async function frame(here) {
  const nav = el("nav", { "aria-label": "Pages" });
  const own = el("div", { class: "own" });
  fill(byID("top"),
    el("a", { class: "brand", href: "/app/" },
      el("img", { src: new URL("./icon.svg", import.meta.url).href, alt: "", width: 24, height: 24 }), "Fillgate"),
    nav, own);
  fill(nav, PLANNER.map((place) => link(place, here)));
  watchSession();
  const me = await whoAmI();
  belongsTo(me);
  if (me?.is_superuser) nav.append(link(ADMINISTRATION, here));
  // On a phone the pages are a row that scrolls.
  const present = nav.querySelector("[aria-current]");
  if (present) nav.scrollLeft = present.offsetLeft + present.offsetWidth - nav.clientWidth;
  fill(own,
    me ? el("a", { href: "/account", "aria-current": here === "/account" ? "page" : null },
      el("span", { class: "only-heard" }, "Account of "), named(me.email)) : null,
    el("form", { method: "post", action: "/logout" }, el("button", { class: "plain" }, "Log out")));
}

function link([address, text], here) {
  return el("a", { href: address, "aria-current": address === here ? "page" : null }, text);
}
