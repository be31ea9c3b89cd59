// Catches the faults of this page's script, so that one fault never ends the rest. Their number
// goes to the server; after three within a minute the page reloads itself, between holds.

import { attempt } from "../browser.js";
import { faulted, faults, is_to_reload } from "./faults.js";
import { keep, recall } from "./kept.js";

const RELOADS = "reloads";

/** @typedef {<T, U = undefined>(work: () => T, otherwise?: U) => T | U} Safely */

/** Catch what throws from now on. @param {() => number} now ms */
export function catch_faults(now) {
  let state = faults(Number(recall(RELOADS, "sessionStorage")) || 0);
  const fault = () => {
    state = faulted(state, now());
  };
  // Errors inside htmx break no picture and no tap of ours, so a reload would not help.
  const escaped = (/** @type {Event} */ event) => {
    if (!/\/vendor\//.test("filename" in event ? String(event.filename) : "")) fault();
  };
  for (const kind of ["error", "unhandledrejection"]) {
    attempt("addEventListener", () => addEventListener(kind, escaped));
  }
  return {
    /** Do `work` and return what it returns; if it throws, count a fault and return `otherwise`.
     * @template T @template [U=undefined]
     * @param {() => T} work @param {U} [otherwise] @returns {T | U} */
    safely(work, otherwise) {
      try {
        return work();
      } catch (error) {
        fault();
        attempt("console", () => console.error(error)); // for a developer at this phone
        return /** @type {U} */ (otherwise);
      }
    },
    count: () => state.count,
    /** Reload the page if it is time. @param {Record<string, string>} facts */
    look(facts) {
      if (!is_to_reload(state, facts, now())) return;
      state = faults(state.reloads + 1);
      keep(RELOADS, String(state.reloads), "sessionStorage");
      attempt("location.reload", () => location.reload());
    },
  };
}
