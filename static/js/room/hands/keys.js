// Keys -> phone.tap. Any key, so any clicker, is STOP for the client while hands are on; for the
// partner it is They're resting or Ready. Enter and Space work the control that Tab went to: one that
// has the focus because a finger touched it is nobody's choice, and a clicker's Enter there is STOP.

import { attempt } from "../../browser.js";
import { HANDS_ON } from "../constants.js";

const KEY_STOPS = new Set(["positioning", ...HANDS_ON]);
const CONTROL_KEYS = new Set(["Tab", "Shift", "Control", "Alt", "Meta"]);
const CONTROLS = "button, a, input, select, summary, textarea, [role=button]";
const FIELDS = "input, select, textarea";

/** @param {HTMLElement} root @param {import("./taps.js").Phone} phone @param {(command: string, fields: Record<string, string>) => void} once */
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
    if (is_on_control && (event.key === "Enter" || event.key === " ") && (by_tab || !stops)) work(event, on);
    else if (stops) {
      once("stop", {});
      attempt("preventDefault", () => event.preventDefault());
    } else if (role === "partner" && !(is_on_control && (by_tab || on.matches(FIELDS)))) press_the_one(root);
  };
  addEventListener("keydown", (event) => {
    try {
      down(event);
    } catch {
      phone.unread();
    }
  });
}

/** What is no button by itself is made to answer. @param {KeyboardEvent} event @param {HTMLElement} on */
function work(event, on) {
  if (!on.matches("[role=button]")) return;
  event.preventDefault();
  on.dispatchEvent(new MouseEvent("click", { bubbles: true }));
}

/** @param {HTMLElement} root */
function press_the_one(root) {
  const visible = root.querySelector('[data-tap="let_go"]:not([hidden] *, [hidden])')
    ?? root.querySelector('[data-tap="ready"]:not([hidden] *, [hidden])');
  /** @type {HTMLElement | null} */ (visible)?.click();
}
