// Writes facts and slots into the page. Reads no layout, knows no words, changes only what is new,
// and reads back what it wrote: a picture counts only if it really is on the page.

import { attempt } from "../../browser.js";
import { announcer } from "./announce.js";

const ON_ROOT = ["phase", "severity", "link", "peer", "role", "lost", "over", "direct"];

/** @import { Facts, Picture } from "../shapes" */

/** Parse a condition.
 * @param {string} text `fact:value|value other:!value`
 * @returns {{names: string[], holds: (facts: Facts) => boolean}} */
export function condition(text) {
  const parts = text.trim().split(/\s+/).map((part) => {
    const [fact = "", values = ""] = part.split(/:(.*)/s);
    const is_not = values.startsWith("!");
    return { fact, is_not, values: (is_not ? values.slice(1) : values).split("|") };
  });
  return {
    names: parts.map((p) => p.fact),
    holds: (facts) => parts.every((p) => p.values.includes(facts[p.fact] ?? "none") !== p.is_not),
  };
}

/** @param {HTMLElement} root */
export function painter(root) {
  let bound = bind(root);
  /** @type {Facts | null} What is on the screen; null if everything must be checked. */
  let last = null;
  const announce = attempt("announce", () => announcer(root), () => {});
  attempt("htmx:after:swap", () => document.body.addEventListener("htmx:after:swap", () => {
    bound = bind(root);
    last = null;
  }));

  /** Paint, and return whether all of it is on the page. A part that fails does not stop the
   * others, and is written again with the next picture.
   * @param {Picture} picture */
  return function paint({ facts, slots, ring, breath }) {
    const held = attempt("activeElement", () => document.activeElement, null);
    let is_whole = true;
    const write = (/** @type {() => boolean} */ work) => {
      is_whole = attempt("paint", work, false) && is_whole;
    };
    for (const name of ON_ROOT) write(() => set(root, `data-${name}`, facts[name] ?? "none"));
    const changed = new Set(Object.keys(facts).filter((name) => facts[name] !== last?.[name]));
    for (const { names, apply } of changed.size > 0 ? bound.conditions : []) {
      if (last === null || names.some((name) => changed.has(name))) write(() => apply(facts));
    }
    for (const { element, name } of bound.slots) write(() => fill(element, slots[name] ?? ""));
    last = is_whole ? facts : null;
    /** @type {Record<string, number>} */
    const measures = { left: ring, breath: facts.pacer === "on" ? breath : 0 };
    for (const { element, name } of bound.measures) {
      attempt("measure", () => measure(element, measures[name] ?? 0));
    }
    attempt("announce", () => announce(facts, held));
    if (is_whole) write(() => set(root, "data-painted", ""));
    return is_whole;
  };
}

/** @param {HTMLElement} root */
function bind(root) {
  const all = (/** @type {string} */ selector) =>
    /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  /** @param {string} from @param {(element: HTMLElement, is_so: boolean) => boolean} write */
  const when = (from, write) => all(`[data-${from}]`).map((element) => {
    const { names, holds } = condition(element.getAttribute(`data-${from}`) ?? "");
    return { names, apply: (/** @type {Facts} */ facts) => write(element, holds(facts)) };
  });
  return {
    measures: all("[data-measure]").map((element) => (
      { element, name: element.dataset.measure ?? "" }
    )),
    slots: all("[data-slot]").map((element) => ({ element, name: element.dataset.slot ?? "" })),
    conditions: [
      ...when("show", (element, is_shown) => {
        element.inert = !is_shown;
        return mark(element, "hidden", !is_shown);
      }),
      ...when("tick", (element, is_so) => mark(element, "data-is-ticked", is_so)),
      ...when("first", (element, is_so) => mark(element, "data-is-first", is_so)),
      ...when("pressed", (element, is_so) => set(element, "aria-pressed", String(is_so))),
    ],
  };
}

/** Set a measure on the element that shows it: on the root, every frame would restyle the whole
 * page.
 * @param {HTMLElement} element @param {number} part of 1 */
function measure(element, part) {
  const text = part.toFixed(3);
  if (element.dataset.part === text) return;
  element.dataset.part = text;
  element.style.setProperty("--part", text);
}

/** Write a text, and return whether it is there. It is read by another property than it was
 * written: if a browser lacks one, it keeps what is assigned to it but shows nothing.
 * @param {HTMLElement} element @param {string} text @returns {boolean} */
function fill(element, text) {
  const stands = () => (element.firstChild?.nodeValue ?? "") === text;
  const is_translated = element.firstElementChild !== null && element.textContent === text;
  if (stands() || is_translated) return true;
  element.textContent = text;
  return stands();
}

/** Set or remove an attribute, and return whether that worked.
 * @param {HTMLElement} element @param {string} name @param {boolean} is_so */
function mark(element, name, is_so) {
  element.toggleAttribute(name, is_so);
  return element.hasAttribute(name) === is_so;
}

/** Set an attribute, and return whether it is there.
 * @param {HTMLElement} element @param {string} name @param {string} value @returns {boolean} */
function set(element, name, value) {
  if (element.getAttribute(name) === value) return true;
  element.setAttribute(name, value);
  return element.getAttribute(name) === value;
}
