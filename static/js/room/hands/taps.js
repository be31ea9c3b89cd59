// Fingers and clicks -> phone.tap (keys.js does the keys). STOP, EASE and PAIN are sent on
// finger-down. That touch is then spent: the click it ends with is ignored, because another screen
// may have come under the finger. GOOD is a press of 0.4 s, clearing a stop one of a second.

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
const FIELDS = ["next", "then", "place", "toggle", "on", "role"]; // data- attributes that are sent
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

/** Listen to fingers and keys. @param {HTMLElement} root @param {Phone} phone */
export function listen(root, phone) {
  /** @type {Record<string, number>} */
  const last = {};
  let urgent_at = -Infinity;
  const once = (/** @type {string} */ command, /** @type {Record<string, string>} */ fields) => {
    const now = clock_now();
    // A second EASE starts the way back, so a nervous double tap must count once.
    // A second STOP in another phase counts: it harms nobody.
    const place = `${command} in ${root.dataset.phase} ${phone.phase_no()}`;
    const name = command === "ease" ? command : place;
    if (now - (last[name] ?? -Infinity) < SAME_TAP_MS) return;
    last[name] = urgent_at = now;
    phone.tap(command, fields);
  };
  // After a STOP, "It's off me" comes under the finger: a double tap's second tap is not for it.
  const is_nervous = () =>
    root.dataset.phase === "stopped" && clock_now() - urgent_at < DOUBLE_TAP_MS;
  /** Whether the touch under way was used already. */
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
    if (done === "help") attempt("showModal", open_help);
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
    // The click of a screen reader or keyboard has `detail` 0: it is deliberate, not nervous.
    else if (event.detail !== 0 && is_nervous()) return;
    else if (command === "good" || command === "clear") {
      if (event.detail === 0) go_on(command, fieldsOf(button));
    } else phone.tap(command, fieldsOf(button));
  };
  // If the page fails to read a touch, it does what is safe.
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
  try_events(root);
  return thumb;
}

/** Throw if events do not arrive: a page that notices no finger must not count as alive.
 * @param {HTMLElement} root */
function try_events(root) {
  let has_come = false;
  root.addEventListener("saywhen:hear", () => {
    has_come = true;
  });
  root.dispatchEvent(new Event("saywhen:hear"));
  if (!has_come) throw new Error("this page hears no taps");
}

function open_help() {
  const help = /** @type {HTMLDialogElement | null} */ (document.querySelector("#help"));
  help?.showModal();
}

/** Set a choice on the page, and keep it on this phone.
 * @param {HTMLElement} root @param {string} name @param {string} key
 * @param {string | false} value */
function like(root, name, key, value) {
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  keep(key, value || "no");
}

/** Time a press: send the tap once the finger has stayed long enough.
 * @param {Phone["tap"]} tap @param {() => void} spend
 * @param {() => void} too_short called when a GOOD was released too early */
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

/** Return the visible button that was touched.
 * @param {Event} event @returns {HTMLElement | null} */
function buttonOf(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (!target) throw new Error("a tap on nothing");
  const near = () => /** @type {HTMLElement | null} */ (target.closest("[data-tap]"));
  const button = attempt("closest", near, null) ?? up_to_tap(target);
  const is_in_other = () => target.closest("[data-do], a, label") && !button?.matches("button");
  const is_other = attempt("closest", is_in_other, false);
  const is_hidden = attempt("closest", () => button?.closest("[hidden]"), null);
  return button && !is_other && !is_hidden ? button : null;
}

/** Find the button without `closest`: no single API may come between a finger and STOP.
 * @param {HTMLElement | null} from @returns {HTMLElement | null} */
function up_to_tap(from) {
  for (let at = from; at; at = at.parentElement) if (at.dataset?.tap) return at;
  return null;
}

/** Whether it only tells more about a pain, which is not urgent. @param {HTMLElement} button */
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
