// What a screen reader hears by itself and where its keys are: each new screen once, a stop, an
// ease and a lost contact at once, all else when there is a pause. The words are those on the screen.

import { attempt } from "../../browser.js";
import { BEFORE_STRETCHES } from "../constants.js";

/** @import { Facts } from "../shapes" */

const SCREEN = ["phase", "severity", "lost", "say_it", "over", "asking", "drill", "let_go"];
const FATE = ["fate", "last_tap"];
const ALOUD = "h1, .command, [data-aloud]";
const HELP_MAY_STAY = new Set(["connecting", ...BEFORE_STRETCHES, "ended"]);

/** @param {HTMLElement} root */
export function announcer(root) {
  /** @type {Facts} */
  let last = {};
  const region = (/** @type {string} */ name) => root.querySelector(`#live-${name}`);
  const visible = (/** @type {string} */ selector) =>
    /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]).filter(is_visible);
  // What was said stays no longer than it is true: said again, it has to be news again.
  const say = (/** @type {Record<string, string>} */ texts) => {
    for (const [name, text] of Object.entries(texts)) {
      const element = region(name);
      if (element && element.textContent !== text) element.textContent = text;
    }
  };

  /** `held` had the focus before this was painted. @param {Facts} facts @param {Element | null} held */
  return function announce(facts, held) {
    const is_news = (/** @type {string[]} */ names) => names.some((name) => facts[name] !== last[name]);
    const is_new_screen = is_news(SCREEN), is_new_fate = is_news(FATE);
    last = facts;
    if (is_new_screen) {
      const is_urgent = facts.severity !== "ok" || facts.lost === "yes" || facts.say_it === "yes" || is_drill(facts);
      if (is_urgent || !HELP_MAY_STAY.has(facts.phase ?? "")) close_help(root);
      const text = visible(ALOUD).map((element) => element.textContent?.trim()).join(". ");
      say(is_urgent ? { now: text, next: "" } : { now: "", next: text });
    }
    if (is_new_fate) say({ fate: facts.fate === "shown" ? visible(".fate > span")[0]?.textContent ?? "" : "" });
    if (held && held !== document.body && root.contains(held) && !is_visible(held)) to_heading(visible("h1")[0]);
  };
}

/** Help would keep fingers and keys from STOP: one that can't be closed is taken away. @param {HTMLElement} root */
function close_help(root) {
  const dialog = /** @type {HTMLDialogElement | null} */ (root.querySelector("dialog[open]"));
  if (!dialog) return;
  attempt("dialog.close", () => dialog.close());
  if (dialog.open) dialog.remove();
}

/** Whose button went away with its screen goes on at the top of the new one. @param {HTMLElement | undefined} heading */
function to_heading(heading) {
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** The partner is to meet a stop here as it will be. @param {Facts} facts */
function is_drill({ role, phase, drill }) {
  return role === "partner" && phase === "warming_up" && (drill === "tapped" || drill === "shown");
}

/** @param {Element} element */
function is_visible(element) {
  return !element.closest("[hidden], dialog:not([open]), html:not([data-stuck]) .stuck") && getComputedStyle(element).visibility === "visible";
}
