// htmx, fed with our own answers only: by itself it swaps in whatever comes, whatever its status.
// On a foreign answer, or none, the part stays as it is, one line says so, and the request is
// repeated until our server answers. The only place that loads htmx: without it forms are plain
// forms.

import "../vendor/htmx.esm.min.js";
import { is_part, MARK } from "./answer.js";
import { fetched } from "./ask.js";
import { attempt } from "./browser.js";

const AGAIN_MS = 1_000;
const LINE = "[data-no-answer]";

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  ctx.request.timeout = 0; // each try has its own timeout
  ctx.fetch = (/** @type {string} */ url, /** @type {RequestInit} */ options) =>
    ours_alone(ctx.sourceElement, url, options);
});

/**
 * Repeat a request until our own server answers. Give up only when nobody waits any more: the part
 * is gone, or the person has done something new in it, which the old answer must not overwrite.
 * @param {HTMLElement} part @param {string} url @param {RequestInit} options
 */
async function ours_alone(part, url, options) {
  const watch = acts_anew(part);
  try {
    while (!watch.signal.aborted && part.isConnected) {
      const redirect = part.dataset.leadsTo ? "follow" : "manual";
      const { signal } = watch;
      const is_marked = (/** @type {string | null} */ mark) => mark !== null;
      const got = await fetched(url, { ...options, redirect, signal }, is_marked);
      if (watch.signal.aborted) break;
      const mark = got && attempt("Headers.get", () => got.response.headers.get(MARK), null);
      if (got && is_part(mark ?? null, got.response.status) && is_there(part, got.response)) {
        return told(got.response, got.text);
      }
      show(part, true);
      await pause(watch.signal);
    }
    throw new DOMException("Nobody waits for it any more", "AbortError");
  } finally {
    watch.end();
    show(part, false);
  }
}

/** Whether it came from the address that was asked, or from the one that the part allows.
 * @param {HTMLElement} part @param {Response} response */
function is_there(part, response) {
  return !response.redirected || new URL(response.url).pathname === part.dataset.leadsTo;
}

/** Return the fields of an answer that htmx reads.
 * @param {Response} response @param {string} text */
function told(response, text) {
  const { status, headers, url, redirected, ok } = response;
  return { status, headers, url, redirected, ok, text: () => Promise.resolve(text) };
}

/** Wait before the next try; the network's return, or `signal`, ends it early.
 * @param {AbortSignal} signal */
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

/** Watch for something new that the person does in the part. @param {HTMLElement} part */
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

/** Show or hide the line that says that no answer came: the part's own, or the page's.
 * @param {HTMLElement} part @param {boolean} is_shown */
function show(part, is_shown) {
  const line = /** @type {HTMLElement | null} */ (
    part.querySelector(LINE)
      ?? part.parentElement?.querySelector(LINE)
      ?? document.querySelector(LINE)
  );
  if (line) line.hidden = !is_shown;
}
