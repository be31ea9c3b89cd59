// The one way in which a page's scripts ask the server. Never throws, never hangs, and says whose the
// answer is: only ours may end or change anything.

import { judge, MARK, NONE } from "./answer.js";
import { attempt, within } from "./browser.js";

const WITHIN_MS = 6_000;
const MOST_CHARS = 256 * 1024; // nothing of ours that a script asks for is larger

/** @import { Answer, Foreign } from "./answer.js" */

/**
 * @param {string} url @param {RequestInit} [options] @param {(body: Foreign) => boolean} [is_expected] @param {number} [ms]
 * @returns {Promise<Answer>}
 */
export async function ask(url, options = {}, is_expected = undefined, ms = WITHIN_MS) {
  const got = await fetched(url, options, (mark, type) => mark !== null || type.includes("problem"), ms);
  if (got === null) return NONE;
  const { response, text } = got;
  const type = header(response, "content-type") ?? "";
  return judge({ status: response.status, type, mark: header(response, MARK), text }, is_expected);
}

/**
 * Where a proxy leads to is not where this page asked, so redirects are answers, and foreign ones.
 * What came back, read to its end where it may be ours; null where nothing did in time. Of what is
 * foreign not even the body is fetched: it may be large, or never end.
 * @param {string} url @param {RequestInit} options @param {(mark: string | null, type: string) => boolean} may_be_ours
 * @param {number} [ms]
 * @returns {Promise<{response: Response, text: string} | null>}
 */
export function fetched(url, options, may_be_ours, ms = WITHIN_MS) {
  const ender = attempt("AbortController", () => new AbortController());
  const end = () => ender?.abort();
  attempt("AbortSignal", () => options.signal?.addEventListener("abort", end));
  const work = async () => {
    if (options.signal?.aborted) return null;
    const response = await fetch(url, { credentials: "same-origin", redirect: "manual", ...options, signal: ender?.signal });
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
