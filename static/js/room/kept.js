// What the person of this phone likes, kept on this phone. Where a browser keeps nothing, it lasts as
// long as this page.

import { attempt } from "../browser.js";

/** @type {Record<string, string>} */
const here = {};

/** @param {string} name @param {"localStorage" | "sessionStorage"} store @returns {string | null} */
export function recall(name, store = "localStorage") {
  return here[name] ?? attempt(store, () => globalThis[store].getItem(`saywhen:${name}`), null);
}

/** @param {string} name @param {string} value @param {"localStorage" | "sessionStorage"} store */
export function keep(name, value, store = "localStorage") {
  here[name] = value;
  attempt(store, () => globalThis[store].setItem(`saywhen:${name}`, value));
}
