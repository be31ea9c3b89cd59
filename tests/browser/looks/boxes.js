// Sizes, edges, distances and overlaps of everything that can be tapped.

import { drill, HANDS_ON, tap_at } from "./places.js";
import { left_of, lines, name_of, seen } from "./stage.js";

const CONTROLS = "button, a[href], summary, label, select, textarea, input:not(label input), [role=button]";
const LEAST_PX = 44;
const APART_PX = 8;
const EDGE_PX = 24; // where a swipe from the side belongs to the phone
const LEAST = { ease: 96, good: 96, ready: 96, pain: 64 };
const SIGN_PX = 4;
const STRIP_PX = 72;
const SPARE = 0.5;
const px = (n) => `${Math.round(n * 10) / 10} px`;

const controls = () => seen(CONTROLS).filter((e) => !e.closest("svg.figure") && !e.matches(".skip"));
const is_zone = (e) => e.matches(".hands > .zone, .ready-box > .zone, .instrument > .zone");

export function boxes() {
  return [...sizes(), ...apart(), ...hands(), ...drill(), ...figures(), ...signs(), ...covered()];
}

function sizes() {
  const bad = [];
  for (const e of controls()) {
    const box = e.getBoundingClientRect();
    const core = Math.min(box.right, innerWidth - EDGE_PX) - Math.max(box.left, EDGE_PX);
    const least = is_zone(e) ? LEAST[e.dataset.tap] ?? STRIP_PX : LEAST_PX;
    if (is_inline(e)) continue;
    if (box.height < least - SPARE) bad.push(`${name_of(e)} is ${px(box.height)} high, not ${least}`);
    if (core < least - SPARE) bad.push(`${name_of(e)} is ${px(core)} wide off the edges, not ${least}`);
  }
  return bad;
}

/** A link within a sentence is as high as its line. */
const is_inline = (e) => e.matches("a") && getComputedStyle(e).display === "inline";

function apart() {
  const bad = [];
  const all = controls().map((e) => ({ e, box: left_of(e), whole: e.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && box.height > 1);
  all.forEach((a, n) => {
    for (const b of all.slice(n + 1)) {
      if (a.e.contains(b.e) || b.e.contains(a.e) || is_over(a.e, b.e)) continue;
      const dx = Math.max(a.box.left, b.box.left) - Math.min(a.box.right, b.box.right);
      const dy = Math.max(a.box.top, b.box.top) - Math.min(a.box.bottom, b.box.bottom);
      const pair = `${name_of(a.e)} and ${name_of(b.e)}`;
      if (is_zone(a.e) && is_zone(b.e)) {
        if (dx < -1 && dy < -1 && !is_step(a, b)) bad.push(`${pair} overlap by ${px(-dx)} x ${px(-dy)}`);
      } else if (is_map(a.e) && is_map(b.e)) {
        if (dx < -1 && dy < -1) bad.push(`${pair} overlap by ${px(-dx)} x ${px(-dy)}`);
      } else if (Math.max(dx, dy) < APART_PX - SPARE && !is_cut(a) && !is_cut(b)) {
        bad.push(`${pair} are ${px(Math.max(dx, dy))} apart, not ${APART_PX}`);
      }
    }
  });
  return bad;
}

/** Of a scrolling card, where what is cut off ends is no edge of its own. */
const is_cut = ({ box, whole }) => whole.height - box.height > 1;
const is_map = (e) => e.matches(".zone-of-body");
const is_over = (a, b) => Boolean(a.closest(".door")) !== Boolean(b.closest(".door"));

/** EASE OFF stands on a step cut out of STOP: every point of it is EASE OFF, and no ink of STOP's lies under it. */
function is_step(a, b) {
  const [ease, stop] = a.e.dataset.tap === "ease" ? [a, b] : [b, a];
  if (ease.e.dataset.tap !== "ease" || stop.e.dataset.tap !== "stop") return false;
  const { left, top, width, height } = ease.box;
  const parts = [0.02, 0.25, 0.5, 0.75, 0.98];
  const is_free = (ink) => ink.right <= left - APART_PX || ink.left >= left + width + APART_PX
    || ink.top >= top + height + APART_PX || ink.bottom <= top - APART_PX || ink.width * ink.height === 0;
  const is_all_ease = parts.every((x) => parts.every((y) =>
    ease.e.contains(document.elementFromPoint(left + width * x, top + height * y))));
  return is_all_ease && [...stop.e.querySelectorAll("*")].filter((e) => e.checkVisibility())
    .every((e) => is_free(e.getBoundingClientRect()));
}

/** The figure of a position is seen whole, without scrolling. */
function figures() {
  return seen(".position .figure").flatMap((e) => {
    const hidden = e.getBoundingClientRect().height - left_of(e).height;
    return hidden > 1 ? [`${px(hidden)} of the figure are hidden`] : [];
  });
}

/** A sign keeps off the edges of the zone it stands in. */
function signs() {
  return seen(".zone .icon").flatMap((e) => {
    const sign = e.getBoundingClientRect(), zone = e.closest(".zone").getBoundingClientRect();
    const spare = Math.min(sign.top - zone.top, zone.bottom - sign.bottom, sign.left - zone.left, zone.right - sign.right);
    return spare < SIGN_PX ? [`the sign of ${name_of(e.closest(".zone"))} is ${px(spare)} from its edge, not ${SIGN_PX}`] : [];
  });
}

/** STOP on the client's screens while hands are on: the whole top edge, and the bottom half. */
function hands() {
  const { role, phase } = document.querySelector("#room")?.dataset ?? {};
  const bad = [];
  const [strip, bottom] = [seen(".hands > .strip-top")[0], seen(".hands > .bottom")[0]];
  if (role !== "client" || !HANDS_ON.includes(phase) || !strip) return bad;
  const top = strip.getBoundingClientRect(), half = bottom.getBoundingClientRect();
  if (top.left > 0 || top.right < innerWidth || top.top > 0) bad.push("STOP is not along the whole top edge");
  if (top.height < STRIP_PX) bad.push(`STOP's strip is ${px(top.height)} high, not ${STRIP_PX}`);
  if (half.left > 0 || half.right < innerWidth || half.bottom < innerHeight) bad.push("STOP is not along the whole bottom edge");
  if (half.height < innerHeight / 2 - SPARE) bad.push(`STOP's half is ${px(half.height)} of ${innerHeight}`);
  for (const line of seen(".hands-on > .state > *")) {
    const box = line.getBoundingClientRect();
    if (box.height > 0 && box.bottom > top.bottom + SPARE) bad.push(`${name_of(line)} hangs ${px(box.bottom - top.bottom)} out of the strip`);
  }
  const share = area_of_stop();
  if (share < 0.66) bad.push(`only ${Math.round(share * 100)} % of the bottom half is STOP`);
  for (const { element, box } of lines()) {
    const zone = element.closest(".zone");
    if (zone && (box.left < EDGE_PX || box.right > innerWidth - EDGE_PX)) {
      bad.push(`words of ${name_of(zone)} are ${px(Math.min(box.left, innerWidth - box.right))} from the edge`);
    }
  }
  return bad;
}

function area_of_stop() {
  let stop = 0, all = 0;
  for (let x = 6; x < innerWidth; x += 12) {
    for (let y = innerHeight / 2 + 6; y < innerHeight; y += 12) {
      all += 1;
      stop += tap_at(x, y) === "stop" ? 1 : 0;
    }
  }
  return stop / all;
}

/** What is said at the lowest edge stands where no signal's word does. */
function badge() {
  const boxes = seen(".edge-note").map((e) => e.getBoundingClientRect());
  return lines().filter(({ element, box }) => element.closest(".hands, .instrument") && !element.closest(".card-zone, .beside, .below")
    && boxes.some((b) => b.left < box.right && box.left < b.right && b.top < box.bottom && box.top < b.bottom))
    .map(({ element }) => `a note at the edge lies on ${name_of(element)}`);
}

/** Nothing lies on words or on what is to be tapped. */
function covered() {
  const bad = badge();
  const inside = (x, y) => x > 0 && y > 0 && x < innerWidth && y < innerHeight;
  for (const { element, box } of lines()) {
    const visible = left_of(element);
    const y = (box.top + box.bottom) / 2;
    if (element.closest(".door") || getComputedStyle(element).pointerEvents === "none" || y < visible.top || y > visible.bottom) continue;
    for (const part of [0.05, 0.5, 0.95]) {
      const x = box.left + box.width * part;
      const hit = inside(x, y) ? document.elementFromPoint(x, y) : null;
      if (hit && !hit.contains(element) && !element.contains(hit) && !hit.closest(".door")) {
        bad.push(`${name_of(hit)} lies on ${name_of(element)}`);
        break;
      }
    }
  }
  for (const e of controls()) {
    const hits = ["center", "start", "end"].map((block) => hit_of(e, block));
    const is_free = hits.some((hit) => hit && (e.contains(hit) || hit.contains(e) || hit.closest(".door")));
    if (!is_free && !is_map(e)) bad.push(`${name_of(e)} cannot be reached: ${hits[0] ? name_of(hits[0]) : "nothing"} is there`);
  }
  scrollTo(0, 0);
  for (const e of document.querySelectorAll(".card-zone, .whole")) e.scrollTop = 0;
  return bad;
}

/** What is on the middle of it, scrolled to where it can be seen. */
function hit_of(e, block) {
  e.scrollIntoView({ block });
  const box = e.getBoundingClientRect();
  return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
}
