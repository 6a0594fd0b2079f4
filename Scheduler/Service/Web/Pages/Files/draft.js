// What somebody has typed and not sent, kept in this tab until it is: through a reload, and through a new login.
import { whoAmI } from "./frame.js";

const LARGEST = 2 * 1024 * 1024;

export class Draft {
  /** What there was when it was loaded; null for nothing. */
  content = null;
  #name; #owner = null;

  constructor(name) { this.#name = `draft of ${name}`; }

  /** Calls `restore` with what the same user has left in this tab, if there is any and the page is still untouched. */
  async load(restore) {
    this.#owner = (await whoAmI())?.email ?? null;
    if (this.#owner === null) return;
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(this.#name)); } catch { this.forget(); }
    if (kept?.owner !== this.#owner) return this.forget();
    if (this.content !== null) return;
    this.content = kept.content;
    restore(kept.content);
  }

  keep(content) {
    this.content = content;
    if (this.#owner === null) return;
    const text = JSON.stringify({ owner: this.#owner, content });
    try {
      if (text.length <= LARGEST) sessionStorage.setItem(this.#name, text);
    } catch {
      // A full store loses a draft, and nothing else.
    }
  }

  forget() {
    sessionStorage.removeItem(this.#name);
  }
}
