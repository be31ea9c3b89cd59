// Calls to the browser that must not break the page. Any API may be missing, throw, return
// undefined or never answer: the failure is noted here by name, and the page goes on. Imports
// nothing.

/** @type {Map<string, number>} How often each API failed on this page. */
const failed = new Map();

/** Note that an API of the browser failed. @param {string} name */
export function note(name) {
  failed.set(name, (failed.get(name) ?? 0) + 1);
}

/** Return what failed so far, by name. @returns {ReadonlyMap<string, number>} */
export const failures = () => failed;

/**
 * Do `work` and return what it returns. If it throws or returns nothing, return `otherwise`.
 * @template T @template [U=undefined]
 * @param {string} name of what may fail @param {() => T} work @param {U} [otherwise]
 * @returns {NonNullable<T> | U}
 */
export function attempt(name, work, otherwise) {
  try {
    return work() ?? /** @type {U} */ (otherwise);
  } catch {
    note(name);
    return /** @type {U} */ (otherwise);
  }
}

/**
 * Start `work` and wait for it, for `ms` at most. If it throws, rejects or never answers, return
 * `otherwise`.
 * @template T @template U
 * @param {string} name of what may fail @param {number} ms @param {() => Promise<T> | T} work
 * @param {U} otherwise
 * @returns {Promise<NonNullable<T> | U>}
 */
export function within(name, ms, work, otherwise) {
  return new Promise((resolve) => {
    const give_up = () => {
      note(name);
      resolve(otherwise);
    };
    const timer = attempt("setTimeout", () => setTimeout(give_up, ms));
    attempt(name, async () => {
      try {
        resolve((await work()) ?? otherwise);
      } catch {
        give_up();
      }
      clearTimeout(timer);
    });
  });
}
