// A still is what a phone's page was at one moment, words of hidden screens included, without its
// scripts. Here it is put on again, varied, and asked what of it can be seen.

/** @param {{title: string, body: number, kind: string, facts: object, slots: object, open: string, set: object}} still */
export async function put_on({ title, body, kind, facts, slots, open, set }) {
  document.body.className = kind;
  document.body.innerHTML = globalThis.bodies[body];
  const room = document.querySelector("#room");
  const untold = room && Object.keys(facts).length > 0 ? await vary(room, facts) : [];
  if (untold.length > 0) throw new Error(`${title} must say more: ${untold.join(" | ")}`);
  for (const [name, value] of Object.entries(set)) if (room && value) room.dataset[name] = value;
  for (const [name, text] of Object.entries(slots)) {
    for (const slot of document.querySelectorAll(`[data-slot="${name}"]`)) slot.textContent = text;
  }
  for (const hidden of document.querySelectorAll("[data-show][hidden], template")) hidden.replaceChildren();
  for (const one of document.getAnimations()) if (one.effect.target.closest(".door")) one.finish(); // no longer deaf
  for (const details of open ? document.querySelectorAll(open) : []) details.open = true;
}

/** The page is a function of facts: so write others, by the page's own reading of its conditions. */
async function vary(room, facts) {
  const { condition } = await import(globalThis.paint_js);
  const known = { ...room.dataset, ...facts };
  const untold = [];
  for (const name of ["phase", "severity", "link", "peer", "lost", "over"]) {
    if (name in facts) room.dataset[name] = facts[name];
  }
  for (const [from, write] of [["show", show], ["first", mark("data-is-first")], ["tick", mark("data-is-ticked")], ["pressed", press]]) {
    for (const element of room.querySelectorAll(`[data-${from}]`)) {
      const text = element.getAttribute(`data-${from}`) ?? "";
      const { names } = condition(text);
      if (!names.some((name) => name in facts) || element.parentElement?.closest("[hidden]")) continue;
      const parts = text.trim().split(/\s+/).map(condition);
      if (parts.some((part) => part.names[0] in known && !part.holds(known))) write(element, false);
      else if (names.every((name) => name in known)) write(element, true);
      else untold.push(text);
    }
  }
  return untold;
}

const show = (element, is_so) => {
  element.hidden = element.inert = !is_so;
};
const mark = (name) => (element, is_so) => element.toggleAttribute(name, is_so);
const press = (element, is_so) => element.setAttribute("aria-pressed", String(is_so));

const COVERS = ".whole, #outcome > section, .big:not(.button)";
const OVER_ALL = ".door, .big-bar, .big-alone, .big-contact, .edge-note";

/** The screen that covers all others, if there is one. */
function on_top() {
  const z = (element) => Number(getComputedStyle(element).zIndex) || 0;
  const whole = [...document.querySelectorAll(COVERS)];
  return whole.filter((e) => e.checkVisibility()).sort((a, b) => z(a) - z(b)).at(-1) ?? null;
}

/** All that a person can see of `selector`, whole-screen messages before what they cover. */
export function seen(selector) {
  const top = on_top();
  return [...document.querySelectorAll(selector)].filter((element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !element.closest(".hidden-visually, .sprite")
    && (!top || top.contains(element) || element.closest(OVER_ALL)));
}

export const name_of = (element) => {
  const words = (element.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 30);
  const tap = element.dataset?.tap ? `[${element.dataset.tap}]` : "";
  return `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}${tap} "${words}"`;
};

/** What is left of an element's box by the boxes that cut it. */
export function left_of(element) {
  let { left, top, right, bottom } = element.getBoundingClientRect();
  for (let box = element.parentElement; box; box = box.parentElement) {
    const style = getComputedStyle(box);
    if (style.overflowX === "visible" && style.overflowY === "visible") continue;
    if (box === document.body || box === document.documentElement) continue;
    const cut = box.getBoundingClientRect();
    left = Math.max(left, cut.left);
    top = Math.max(top, cut.top);
    right = Math.min(right, cut.right);
    bottom = Math.min(bottom, cut.bottom);
  }
  return { left, top, right, bottom, width: right - left, height: bottom - top };
}

/** The lines of text that can be seen, each with the element that holds it. */
export function lines() {
  const found = [];
  for (const element of seen("body *")) {
    for (const node of element.childNodes) {
      if (node.nodeType !== 3 || !node.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.width > 1) found.push({ element, box });
    }
  }
  return found;
}
