// Writes facts and slots into the page. Reads no layout, knows no words, touches only what changed.

/** @typedef {{facts: Record<string, string>, slots: Record<string, string>, ring: number, breath: number}} Picture */

const ON_ROOT = ["phase", "severity", "link", "peer", "role", "lost", "over"];

/** @param {string} text `fact:value|value other:!value` @returns {(facts: Record<string, string>) => boolean} */
export function condition(text) {
  const parts = text.trim().split(/\s+/).map((part) => {
    const [fact, values] = part.split(/:(.*)/s);
    const is_not = values.startsWith("!");
    return { fact, is_not, values: (is_not ? values.slice(1) : values).split("|") };
  });
  return (facts) => parts.every((p) => p.values.includes(facts[p.fact] ?? "none") !== p.is_not);
}

/** @param {HTMLElement} root */
export function painter(root) {
  let bound = bind(root);
  /** @type {Record<string, string>} */
  let announced = {};
  document.body.addEventListener("htmx:after:swap", () => {
    bound = bind(root);
  });

  /** @param {Picture} picture */
  return function paint({ facts, slots, ring, breath }) {
    for (const name of ON_ROOT) set(root, `data-${name}`, facts[name] ?? "none");
    for (const { element, holds } of bound.shows) {
      const is_hidden = !holds(facts);
      if (element.hidden !== is_hidden) {
        element.hidden = is_hidden;
        element.inert = is_hidden;
      }
    }
    for (const { element, name } of bound.slots) {
      const text = slots[name] ?? "";
      if (element.textContent !== text) element.textContent = text;
    }
    for (const { element, name, holds } of bound.flags) {
      const value = holds(facts) ? "true" : null;
      if (name === "aria-pressed") set(element, name, value ?? "false");
      else if (value === null) element.removeAttribute(name);
      else set(element, name, value);
    }
    measure(root, "left", ring);
    measure(root, "breath", breath);
    announced = announce(root, facts, announced);
    set(root, "data-painted", "");
  };
}

/** @param {HTMLElement} root */
function bind(root) {
  const all = (/** @type {string} */ selector) =>
    /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  const flag = (/** @type {string} */ from, /** @type {string} */ name) =>
    all(`[data-${from}]`).map((element) => ({
      element, name, holds: condition(element.getAttribute(`data-${from}`) ?? ""),
    }));
  return {
    shows: all("[data-show]").map((element) => ({
      element, holds: condition(element.dataset.show ?? ""),
    })),
    slots: all("[data-slot]").map((element) => ({ element, name: element.dataset.slot ?? "" })),
    flags: [
      ...flag("tick", "data-is-ticked"),
      ...flag("pressed", "aria-pressed"),
      ...flag("first", "data-is-first"),
    ],
  };
}

/** @param {HTMLElement} root @param {string} name @param {number} part of 1 */
function measure(root, name, part) {
  const text = part.toFixed(3);
  if (root.dataset[name] === text) return;
  root.dataset[name] = text;
  root.style.setProperty(`--${name}`, text);
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A screen reader hears the heading of every new screen at once. */
function announce(root, facts, announced) {
  const now = { phase: facts.phase, severity: facts.severity, lost: facts.lost };
  const is_same = Object.keys(now).every((name) => now[name] === announced[name]);
  const region = root.querySelector("#live-region");
  if (is_same || !region) return announced;
  const heading = [...root.querySelectorAll("h1, .command")].find(
    (element) => !element.closest("[hidden]"),
  );
  region.textContent = heading?.textContent ?? "";
  return now;
}
