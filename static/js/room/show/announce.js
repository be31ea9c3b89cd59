// What a screen reader is told unasked, and where its focus goes: each new screen once; a stop, an
// ease and a lost contact at once, all else in the next pause. The words are those on the screen.

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
  // A text is removed once it is no longer true, so that saying it again is news again.
  const say = (/** @type {Record<string, string>} */ texts) => {
    for (const [name, text] of Object.entries(texts)) {
      const element = region(name);
      if (element && element.textContent !== text) element.textContent = text;
    }
  };

  /** Tell what is new. @param {Facts} facts @param {Element | null} held had the focus before */
  return function announce(facts, held) {
    const is_news = (/** @type {string[]} */ names) =>
      names.some((name) => facts[name] !== last[name]);
    const is_new_screen = is_news(SCREEN), is_new_fate = is_news(FATE);
    last = facts;
    if (is_new_screen) {
      const is_alone = facts.lost === "yes" || facts.say_it === "yes";
      const is_urgent = facts.severity !== "ok" || is_alone || is_drill(facts);
      if (is_urgent || !HELP_MAY_STAY.has(facts.phase ?? "")) close_help(root);
      const text = visible(ALOUD).map((element) => element.textContent?.trim()).join(". ");
      say(is_urgent ? { now: text, next: "" } : { now: "", next: text });
    }
    if (is_new_fate) {
      const is_shown = facts.fate === "shown";
      say({ fate: is_shown ? visible(".fate > span")[0]?.textContent ?? "" : "" });
    }
    const had_focus = held && held !== document.body && root.contains(held);
    if (had_focus && !is_visible(held)) to_heading(visible("h1")[0]);
  };
}

/** Close Help, which covers STOP. If it can't be closed, remove it. @param {HTMLElement} root */
function close_help(root) {
  const dialog = /** @type {HTMLDialogElement | null} */ (root.querySelector("dialog[open]"));
  if (!dialog) return;
  attempt("dialog.close", () => dialog.close());
  if (dialog.open) dialog.remove();
}

/** Move the focus to the new screen's heading, when what had it has gone.
 * @param {HTMLElement | undefined} heading */
function to_heading(heading) {
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Whether the drill shows a stop on the partner's screen, which is told like a real one.
 * @param {Facts} facts */
function is_drill({ role, phase, drill }) {
  return role === "partner" && phase === "warming_up" && (drill === "tapped" || drill === "shown");
}

/** @param {Element} element */
function is_visible(element) {
  const is_away = element.closest("[hidden], dialog:not([open]), html:not([data-stuck]) .stuck");
  return !is_away && getComputedStyle(element).visibility === "visible";
}
