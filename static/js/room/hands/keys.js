// Keys -> phone.tap. While hands are on, any key is STOP for the client, so any clicker is too; for
// the partner it is They're resting or Ready. Enter and Space work a control only if Tab reached
// it: a control may have the focus merely because a finger touched it, and a clicker's Enter is
// STOP.

import { attempt } from "../../browser.js";
import { HANDS_ON } from "../constants.js";

const KEY_STOPS = new Set(["positioning", ...HANDS_ON]);
const CONTROL_KEYS = new Set(["Tab", "Shift", "Control", "Alt", "Meta"]);
const CONTROLS = "button, a, input, select, summary, textarea, [role=button]";
const FIELDS = "input, select, textarea";

/** @param {HTMLElement} root @param {import("./taps.js").Phone} phone
 * @param {(command: string, fields: Record<string, string>) => void} once */
export function listen_to_keys(root, phone, once) {
  let by_tab = false;
  addEventListener("pointerdown", () => {
    by_tab = false;
  }, true);

  const down = (/** @type {KeyboardEvent} */ event) => {
    by_tab = by_tab || event.key === "Tab";
    const on = /** @type {HTMLElement} */ (event.target);
    if (event.repeat || CONTROL_KEYS.has(event.key) || event.ctrlKey || event.metaKey) return;
    const { role, phase } = root.dataset;
    const stops = role === "client" && KEY_STOPS.has(phase ?? "");
    const is_on_control = on.matches?.(CONTROLS) ?? false;
    const is_press = event.key === "Enter" || event.key === " ";
    if (is_on_control && is_press && (by_tab || !stops)) work(event, on);
    else if (stops) {
      once("stop", {});
      attempt("preventDefault", () => event.preventDefault());
    } else if (role === "partner" && !(is_on_control && (by_tab || on.matches(FIELDS)))) {
      press_the_one(root);
    }
  };
  addEventListener("keydown", (event) => {
    try {
      down(event);
    } catch {
      phone.unread();
    }
  });
}

/** Click what has only the role of a button: browsers click real buttons themselves.
 * @param {KeyboardEvent} event @param {HTMLElement} on */
function work(event, on) {
  if (!on.matches("[role=button]")) return;
  event.preventDefault();
  on.dispatchEvent(new MouseEvent("click", { bubbles: true }));
}

/** Press They're resting, or else Ready. @param {HTMLElement} root */
function press_the_one(root) {
  const visible = root.querySelector('[data-tap="let_go"]:not([hidden] *, [hidden])')
    ?? root.querySelector('[data-tap="ready"]:not([hidden] *, [hidden])');
  /** @type {HTMLElement | null} */ (visible)?.click();
}
