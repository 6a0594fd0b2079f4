// Makes the page of the second factor more convenient; it works without.
import { byID, copy, el } from "./dom.js";
import { frame } from "./frame.js";

frame("/account");

const codes = byID("codes");
if (codes) {
  const text = [...codes.querySelectorAll("code")].map((code) => code.textContent).join("\n");
  const file = URL.createObjectURL(new Blob([`Recovery codes for Fillgate at ${location.host}. Each counts once.\n\n${text}\n`], { type: "text/plain" }));
  byID("codes-actions").prepend(
    el("button", { type: "button", onclick: (event) => copy(text, event.currentTarget) }, "Copy all"),
    el("a", { class: "button", href: file, download: "fillgate-recovery-codes.txt" }, "Save as a file"));
}
