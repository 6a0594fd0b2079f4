// Downloads whose refusal is said in the page, where a browser would say no more than that there is no file.
import { get, toast } from "./api.js";
import { el } from "./dom.js";

const KEPT = 60_000;

/** A link to a file of the API's. */
export function downloadLink(address, text, label = null) {
  return el("a", { class: "button", href: address, download: true, "aria-label": label, onclick: (event) => {
    // Whoever wants it in another window gets it from there.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    save(address).catch((fault) => toast(fault, "bad"));
  } }, text);
}

async function save(address) {
  const response = await get(address, { raw: true, headers: { Accept: "*/*" } });
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? true;
  const content = URL.createObjectURL(await response.blob());
  el("a", { href: content, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(content), KEPT);
}
