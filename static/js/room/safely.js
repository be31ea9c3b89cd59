// Nothing that goes wrong in this page's script ends the rest of it: it is counted, told to the server
// as a number, and after three in a minute the page loads itself again, between holds.

import { attempt } from "../browser.js";
import { faulted, faults, is_to_reload } from "./faults.js";
import { keep, recall } from "./kept.js";

const RELOADS = "reloads";

/** @typedef {<T, U = undefined>(work: () => T, otherwise?: U) => T | U} Safely */

/** @param {() => number} now ms */
export function catch_faults(now) {
  let state = faults(Number(recall(RELOADS, "sessionStorage")) || 0);
  const fault = () => {
    state = faulted(state, now());
  };
  // What escapes from htmx mends no picture and no tap of ours: no reload would help it.
  const escaped = (/** @type {Event} */ event) => {
    if (!/\/vendor\//.test("filename" in event ? String(event.filename) : "")) fault();
  };
  for (const kind of ["error", "unhandledrejection"]) {
    attempt("addEventListener", () => addEventListener(kind, escaped));
  }
  return {
    /** @template T @template [U=undefined]
     * @param {() => T} work @param {U} [otherwise] @returns {T | U} */
    safely(work, otherwise) {
      try {
        return work();
      } catch (error) {
        fault();
        attempt("console", () => console.error(error)); // for who looks into it, on this phone alone
        return /** @type {U} */ (otherwise);
      }
    },
    count: () => state.count,
    /** @param {Record<string, string>} facts */
    look(facts) {
      if (!is_to_reload(state, facts, now())) return;
      state = faults(state.reloads + 1);
      keep(RELOADS, String(state.reloads), "sessionStorage");
      attempt("location.reload", () => location.reload());
    },
  };
}
