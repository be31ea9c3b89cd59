// The only way in which a page's scripts send a request to the server. Never throws, never hangs,
// and says who answered: only an answer of our own server may end or change anything.

import { judge, MARK, NONE } from "./answer.js";
import { attempt, within } from "./browser.js";

const WITHIN_MS = 6_000;
const MOST_CHARS = 256 * 1024; // no answer of ours to a script is larger

/** @import { Answer, Foreign } from "./answer.js" */

/**
 * Send a request and return the answer, judged.
 * @param {string} url @param {RequestInit} [options]
 * @param {(body: Foreign) => boolean} [is_expected] @param {number} [ms]
 * @returns {Promise<Answer>}
 */
export async function ask(url, options = {}, is_expected = undefined, ms = WITHIN_MS) {
  const may_be_ours = (/** @type {string | null} */ mark, /** @type {string} */ type) =>
    mark !== null || type.includes("problem");
  const got = await fetched(url, options, may_be_ours, ms);
  if (got === null) return NONE;
  const { response, text } = got;
  const type = header(response, "content-type") ?? "";
  return judge({ status: response.status, type, mark: header(response, MARK), text }, is_expected);
}

/**
 * Return the response and its whole text, or null if none came in time. The body of a foreign
 * answer is not read: it may be large, or never end. Redirects are not followed: a proxy may send
 * them, and what they lead to is not what this page asked for.
 * @param {string} url @param {RequestInit} options
 * @param {(mark: string | null, type: string) => boolean} may_be_ours @param {number} [ms]
 * @returns {Promise<{response: Response, text: string} | null>}
 */
export function fetched(url, options, may_be_ours, ms = WITHIN_MS) {
  const ender = attempt("AbortController", () => new AbortController());
  const end = () => ender?.abort();
  attempt("AbortSignal", () => options.signal?.addEventListener("abort", end));
  const work = async () => {
    if (options.signal?.aborted) return null;
    const how = { ...options, signal: ender?.signal };
    const response = await fetch(url, { credentials: "same-origin", redirect: "manual", ...how });
    const is_read = may_be_ours(header(response, MARK), header(response, "content-type") ?? "");
    const text = is_read ? await response.text() : "";
    if (!is_read) end();
    return { response, text: text.length > MOST_CHARS ? "" : text };
  };
  return within("fetch", ms, work, null).finally(end);
}

/** @param {Response} response @param {string} name @returns {string | null} */
function header(response, name) {
  return attempt("Headers.get", () => response.headers.get(name), null);
}
