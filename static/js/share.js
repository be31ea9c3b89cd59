// Passes a link on, by the browser's share sheet or the clipboard. Each button is shown only if the
// browser can do it.

import { attempt, within } from "./browser.js";

const SHARES_WITHIN_MS = 60_000; // time for a person to choose
const COPIES_WITHIN_MS = 2_000;
const SAYS_COPIED_MS = 4_000;
const root = document.documentElement;

const can_share = attempt("share", () => typeof navigator.share === "function", false);
const can_copy = attempt(
  "clipboard", () => typeof navigator.clipboard?.writeText === "function", false,
);
root.toggleAttribute("data-can-share", can_share);
root.toggleAttribute("data-can-copy", can_copy);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-hand-on]") : null;
  if (!(button instanceof HTMLElement)) return;
  const { handOn, url = "" } = button.dataset;
  if (handOn === "share") share(url);
  else copy(button, url);
});

/** Open the share sheet. Closing it without a choice is no error. @param {string} url */
function share(url) {
  within("share", SHARES_WITHIN_MS, () => navigator.share({ url }).catch(() => {}), undefined);
}

/** @param {HTMLElement} button @param {string} url */
async function copy(button, url) {
  const write = () => navigator.clipboard.writeText(url).then(() => true);
  const is_done = await within("clipboard", COPIES_WITHIN_MS, write, false);
  const near = button.closest(".hand-on")?.querySelector("[data-copied]");
  const said = /** @type {HTMLElement | null} */ (near ?? null);
  if (!said || !is_done) return;
  said.hidden = false;
  setTimeout(() => {
    said.hidden = true;
  }, SAYS_COPIED_MS);
}
