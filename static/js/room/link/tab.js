// Names this tab, and numbers its sockets: a socket that was given up long ago may reach the server
// late, and must not replace its successor. A reload is the same tab. A duplicated tab starts with
// the same name, because its store is copied too: the one whose socket is replaced gives the name
// up.

import { attempt } from "../../browser.js";

/** @typedef {{tab: string, n: number}} Counted */

/** @param {string} key in this tab's store @param {() => string} new_id */
export function this_tab(key, new_id) {
  /** @type {Counted} */
  let mine = { tab: "", n: 0 };
  const stored = () => attempt("sessionStorage", () => read(sessionStorage.getItem(key)), null);

  return {
    /** Return the part of the address that names the next socket. */
    next() {
      const kept = stored();
      // While this page was in the back-forward cache, another page of this tab may have counted
      // on.
      if (kept && (mine.tab === "" || kept.tab === mine.tab)) {
        mine = { tab: kept.tab, n: Math.max(kept.n, mine.n) };
      }
      if (mine.tab === "") mine.tab = new_id();
      mine.n += 1;
      attempt("sessionStorage", () => sessionStorage.setItem(key, JSON.stringify(mine)));
      return `tab=${mine.tab}&n=${mine.n}`;
    },
    /** This socket was replaced, maybe by a copy of this tab: take another name. */
    give_up() {
      const is_mine = stored()?.tab === mine.tab;
      if (is_mine) attempt("sessionStorage", () => sessionStorage.removeItem(key));
      mine = { tab: "", n: 0 };
    },
  };
}

/** @param {string | null} text @returns {Counted | null} */
function read(text) {
  const { tab, n } = attempt("JSON.parse", () => JSON.parse(text ?? "{}"), {});
  return typeof tab === "string" && Number.isInteger(n) ? { tab, n } : null;
}
