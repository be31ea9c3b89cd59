// htmx, and a guard before it: it swaps whatever comes, whatever its status. Here it gets only our own
// answers. Anything else leaves the part as it is, shows one line, and is asked for again, for ever.
// The one way in which a page loads htmx: where this is lost, forms are plain forms.

import "../vendor/htmx.esm.min.js";
import { is_part, MARK } from "./answer.js";
import { fetched } from "./ask.js";
import { attempt } from "./browser.js";

const AGAIN_MS = 1_000;
const LINE = "[data-no-answer]";

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  ctx.request.timeout = 0; // each try has its own
  ctx.fetch = (/** @type {string} */ url, /** @type {RequestInit} */ options) =>
    ours_alone(ctx.sourceElement, url, options);
});

/**
 * Ask until the server itself answers. Gives up only where nobody waits any more: the part is gone, or
 * its person has done something else in it, which must not come after what they did before.
 * @param {HTMLElement} part @param {string} url @param {RequestInit} options
 */
async function ours_alone(part, url, options) {
  const watch = acts_anew(part);
  try {
    while (!watch.signal.aborted && part.isConnected) {
      const redirect = part.dataset.leadsTo ? "follow" : "manual";
      const got = await fetched(url, { ...options, redirect, signal: watch.signal }, (mark) => mark !== null);
      if (watch.signal.aborted) break;
      const mark = got && attempt("Headers.get", () => got.response.headers.get(MARK), null);
      if (got && is_part(mark ?? null, got.response.status) && is_there(part, got.response)) return told(got.response, got.text);
      show(part, true);
      await pause(watch.signal);
    }
    throw new DOMException("Nobody waits for it any more", "AbortError");
  } finally {
    watch.end();
    show(part, false);
  }
}

/** Only where the part itself says so an answer may come from another address. @param {HTMLElement} part @param {Response} response */
function is_there(part, response) {
  return !response.redirected || new URL(response.url).pathname === part.dataset.leadsTo;
}

/** What htmx reads of an answer. @param {Response} response @param {string} text */
function told(response, text) {
  const { status, headers, url, redirected, ok } = response;
  return { status, headers, url, redirected, ok, text: () => Promise.resolve(text) };
}

/** The network being back ends it early. @param {AbortSignal} signal as does that */
function pause(signal) {
  return new Promise((resolve) => {
    const end = () => {
      removeEventListener("online", end);
      clearTimeout(timer);
      resolve(undefined);
    };
    const timer = setTimeout(end, AGAIN_MS);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

/** @param {HTMLElement} part */
function acts_anew(part) {
  const ender = new AbortController();
  const note = (/** @type {Event} */ event) => {
    if (event.isTrusted) ender.abort();
  };
  const kinds = part.matches("form") ? ["input", "change", "submit"] : [];
  for (const kind of kinds) part.addEventListener(kind, note, true);
  return {
    signal: ender.signal,
    end() {
      for (const kind of kinds) part.removeEventListener(kind, note, true);
    },
  };
}

/** The line is the part's own, or its page's; what it says stands in the page. @param {HTMLElement} part @param {boolean} is_shown */
function show(part, is_shown) {
  const line = /** @type {HTMLElement | null} */ (
    part.querySelector(LINE) ?? part.parentElement?.querySelector(LINE) ?? document.querySelector(LINE)
  );
  if (line) line.hidden = !is_shown;
}
