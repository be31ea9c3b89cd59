// Fingers and clicks (keys.js: keys) -> phone.tap. STOP, EASE and PAIN go on finger-down. The touch is then
// spent: the click it ends with, often on another screen that came under the finger, is no tap. GOOD is a 0.4 s press, clearing a one-second one.

import { attempt } from "../../browser.js";
import { clock_now } from "../clock.js";
import { keep, recall } from "../kept.js";
import { listen_to_keys } from "./keys.js";
import { thumb_on_glass } from "./thumb_on_glass.js";

const SAME_TAP_MS = 700;
const DOUBLE_TAP_MS = 400;
const GOOD_PRESS_MS = 400; // so that a thumb aiming at STOP can't make a GOOD
const CLEAR_PRESS_MS = 1000;
const AT_ONCE = new Set(["stop", "ease", "pain"]);
const FIELDS = ["next", "then", "place", "toggle", "on", "role"]; // that a button may say
const HAND = "hand";
const PACER = "pacer";
const THUMB = "thumb";

/** @import { Fields } from "../shapes" */
/**
 * @typedef {object} Phone
 * @property {(command: string, fields: Fields) => void} tap
 * @property {() => void} unread
 * @property {() => number} phase_no
 * @property {() => void} reconnect
 * @property {() => void} sample
 * @property {() => void} next_move
 * @property {() => void} too_short
 */

/** @param {HTMLElement} root @param {Phone} phone */
export function listen(root, phone) {
  /** @type {Record<string, number>} */
  const last = {};
  let urgent_at = -Infinity;
  const once = (/** @type {string} */ command, /** @type {Record<string, string>} */ fields) => {
    const now = clock_now();
    // A second EASE brings it all back, so a nervous double tap is one; a second STOP harms nobody.
    const name = command === "ease" ? command : `${command} in ${root.dataset.phase} ${phone.phase_no()}`;
    if (now - (last[name] ?? -Infinity) < SAME_TAP_MS) return;
    last[name] = urgent_at = now;
    phone.tap(command, fields);
  };
  // Nor does the second of a double tap on STOP say "It's off me", which has come under the finger.
  const is_nervous = () =>
    root.dataset.phase === "stopped" && clock_now() - urgent_at < DOUBLE_TAP_MS;
  /** Whether the touch that is under way has done its work. */
  let is_spent = false;
  let spent_till = 0;
  const spend = () => {
    is_spent = true;
  };
  const thumb = thumb_on_glass(() => once("ease", {}));
  const go_on = (/** @type {string} */ command, /** @type {Record<string, string>} */ fields) => {
    if (command !== "good" || thumb.may_go_on()) phone.tap(command, fields);
  };
  const press = presser(go_on, spend, phone.too_short);
  const choose_thumb = (/** @type {boolean} */ is_chosen) => {
    like(root, "rests", THUMB, is_chosen && "on");
    thumb.choose(is_chosen);
  };
  choose_thumb(recall(THUMB) === "on" && root.dataset.role === "client");
  like(root, "handed", HAND, recall(HAND) === "left" && "left");
  like(root, "pacer", PACER, recall(PACER) === "on" && "on");
  const down = (/** @type {PointerEvent} */ event) => {
    is_spent = false;
    const button = buttonOf(event);
    const command = button?.dataset.tap;
    if (!button || !command || event.button > 0) return;
    if (AT_ONCE.has(command) && !isDetail(button)) {
      if (command !== "ease" || !thumb.takes(event)) once(command, fieldsOf(button));
      spend();
      attempt("preventDefault", () => event.preventDefault());
    } else if (command === "good") press.start(button, GOOD_PRESS_MS);
    else if (command === "clear") press.start(button, CLEAR_PRESS_MS);
  };
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => {
      press.end(end === "pointerup");
      spent_till = clock_now() + SAME_TAP_MS;
    }, true);
  }

  const click = (/** @type {MouseEvent} */ event) => {
    const was_spent = is_spent && clock_now() < spent_till;
    is_spent = false;
    if (was_spent) {
      attempt("preventDefault", () => event.preventDefault());
      attempt("stopPropagation", () => event.stopPropagation());
      return;
    }
    const target = /** @type {HTMLElement} */ (event.target);
    const done = target.closest("[data-do]")?.getAttribute("data-do");
    if (done === "reconnect") phone.reconnect();
    if (done === "reload") attempt("location.reload", () => location.reload());
    if (done === "help") attempt("showModal", () => /** @type {HTMLDialogElement | null} */ (document.querySelector("#help"))?.showModal());
    if (done === "sounds") phone.sample();
    if (done === "next_move") phone.next_move();
    if (done === "change_answers") document.querySelector("#outcome")?.replaceChildren();
    if (done === "hand") like(root, "handed", HAND, root.dataset.handed !== "left" && "left");
    if (done === "pacer") like(root, "pacer", PACER, root.dataset.pacer !== "on" && "on");
    if (done === "thumb") choose_thumb(root.dataset.rests !== "on");
    const button = buttonOf(event);
    const command = button?.dataset.tap;
    if (!button || !command) return;
    if (AT_ONCE.has(command) && !isDetail(button)) once(command, fieldsOf(button));
    // A screen reader or a keyboard clicks without a finger: `detail` is 0. That is deliberate.
    else if (event.detail !== 0 && is_nervous()) return;
    else if (command === "good" || command === "clear") {
      if (event.detail === 0) go_on(command, fieldsOf(button));
    } else phone.tap(command, fieldsOf(button));
  };
  // What a finger meant and this page can't read is taken for what is safe.
  /** @template E @param {(event: E) => void} then @returns {(event: E) => void} */
  const read = (then) => (event) => {
    try {
      then(event);
    } catch {
      phone.unread();
    }
  };
  root.addEventListener("pointerdown", read(down));
  root.addEventListener("click", read(click), true);
  root.addEventListener("contextmenu", (event) => {
    if (buttonOf(event)) event.preventDefault();
  });
  listen_to_keys(root, phone, once);
  hear_itself(root);
  return thumb;
}

/** A page that hears no finger must not say that it lives. @param {HTMLElement} root */
function hear_itself(root) {
  let is_heard = false;
  root.addEventListener("saywhen:hear", () => {
    is_heard = true;
  });
  root.dispatchEvent(new Event("saywhen:hear"));
  if (!is_heard) throw new Error("this page hears no taps");
}

/** @param {HTMLElement} root @param {string} name @param {string} key @param {string | false} value */
function like(root, name, key, value) {
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  keep(key, value || "no");
}

/** @param {Phone["tap"]} tap @param {() => void} spend @param {() => void} too_short a GOOD was lifted from too early */
function presser(tap, spend, too_short) {
  /** @type {number | undefined} */
  let timer;
  /** @type {HTMLElement | undefined} */
  let pressed;
  const end = (is_lifted = false) => {
    attempt("clearTimeout", () => clearTimeout(timer));
    if (is_lifted && pressed?.dataset.tap === "good") too_short();
    pressed?.removeAttribute("data-pressing");
    pressed = undefined;
  };
  const start = (/** @type {HTMLElement} */ button, /** @type {number} */ ms) => {
    end();
    pressed = button;
    button.setAttribute("data-pressing", "");
    timer = setTimeout(() => {
      spend();
      tap(button.dataset.tap ?? "", fieldsOf(button));
      end();
    }, ms);
  };
  return { start, end };
}

/** @param {Event} event @returns {HTMLElement | null} */
function buttonOf(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (!target) throw new Error("a tap on nothing");
  const button = attempt("closest", () => /** @type {HTMLElement | null} */ (target.closest("[data-tap]")), null) ?? up_to_tap(target);
  const is_other = attempt("closest", () => target.closest("[data-do], a, label") && !button?.matches("button"), false);
  const is_hidden = attempt("closest", () => button?.closest("[hidden]"), null);
  return button && !is_other && !is_hidden ? button : null;
}

/** The same by another way: no one part of a browser is to hide STOP from a finger.
 * @param {HTMLElement | null} from @returns {HTMLElement | null} */
function up_to_tap(from) {
  for (let at = from; at; at = at.parentElement) if (at.dataset?.tap) return at;
  return null;
}

/** Telling more of a pain is no alarm. @param {HTMLElement} button */
function isDetail(button) {
  return "toggle" in button.dataset || "place" in button.dataset;
}

/** @param {HTMLElement} button @returns {Fields} */
function fieldsOf({ dataset }) {
  return Object.fromEntries(FIELDS.flatMap((name) => {
    const value = dataset[name];
    return value === undefined ? [] : [[name, value]];
  }));
}
