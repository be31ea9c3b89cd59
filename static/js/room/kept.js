// Choices of this phone's person, stored on this phone. In a browser that stores nothing they last
// as long as the page.

import { attempt } from "../browser.js";

/** @type {Record<string, string>} */
const here = {};

/** Return what was kept under a name, or null.
 * @param {string} name @param {"localStorage" | "sessionStorage"} store @returns {string | null} */
export function recall(name, store = "localStorage") {
  return here[name] ?? attempt(store, () => globalThis[store].getItem(`saywhen:${name}`), null);
}

/** Keep a value under a name.
 * @param {string} name @param {string} value @param {"localStorage" | "sessionStorage"} store */
export function keep(name, value, store = "localStorage") {
  here[name] = value;
  attempt(store, () => globalThis[store].setItem(`saywhen:${name}`, value));
}
