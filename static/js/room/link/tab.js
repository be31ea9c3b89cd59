// Which tab this is, and the how-manieth socket of it: so that a socket given up long ago, which a slow
// way brings late, never turns out its successor. A reload is the same tab; a copy of a tab, whose store
// is copied too, soon is not: whoever is turned out gives the tab's name up.

import { attempt } from "../../browser.js";

/** @typedef {{tab: string, n: number}} Counted */

/** @param {string} key in this tab's store @param {() => string} new_id */
export function this_tab(key, new_id) {
  /** @type {Counted} */
  let mine = { tab: "", n: 0 };
  const stored = () => attempt("sessionStorage", () => read(sessionStorage.getItem(key)), null);

  return {
    /** The part of an address that names the next socket. */
    next() {
      const kept = stored();
      // Another page of this tab may have counted on, while this one was put by and shown again.
      if (kept && (mine.tab === "" || kept.tab === mine.tab)) mine = { tab: kept.tab, n: Math.max(kept.n, mine.n) };
      if (mine.tab === "") mine.tab = new_id();
      mine.n += 1;
      attempt("sessionStorage", () => sessionStorage.setItem(key, JSON.stringify(mine)));
      return `tab=${mine.tab}&n=${mine.n}`;
    },
    /** Turned out, maybe by a copy of this tab: the next page here goes by another name. */
    give_up() {
      if (stored()?.tab === mine.tab) attempt("sessionStorage", () => sessionStorage.removeItem(key));
      mine = { tab: "", n: 0 };
    },
  };
}

/** @param {string | null} text @returns {Counted | null} */
function read(text) {
  const { tab, n } = attempt("JSON.parse", () => JSON.parse(text ?? "{}"), {});
  return typeof tab === "string" && Number.isInteger(n) ? { tab, n } : null;
}
