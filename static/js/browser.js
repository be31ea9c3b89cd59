// The browser, asked carefully. Each part of it may be missing, throw, give nothing back, or never
// answer: what fails is noted here by its name, and the page goes on. Needs nothing else of the page.

/** @type {Map<string, number>} How often each part failed on this page. */
const failed = new Map();

/** Note that a part of the browser failed. @param {string} name */
export function note(name) {
  failed.set(name, (failed.get(name) ?? 0) + 1);
}

/** What failed so far, by name. @returns {ReadonlyMap<string, number>} */
export const failures = () => failed;

/**
 * Do `work` and return what it returns. Where it throws or returns nothing, return `otherwise`.
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
 * Start `work` and wait for it, for `ms` at most. Where it throws, rejects or never answers, return `otherwise`.
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
