// Contrast of every word and every sign with what it stands on, from the colours that are painted.

import { lines, name_of, seen } from "./stage.js";

const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const known = new Map();

/** Any CSS colour as red, green, blue of 255 and alpha of 1: the browser itself reads it. */
function colour(text) {
  if (!known.has(text)) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    known.set(text, { rgb: [r, g, b], alpha: a / 255 });
  }
  return known.get(text);
}

const mix = (under, over, part) => under.map((u, n) => u + (over[n] - u) * part);

function ground(element) {
  if (!element) return colour(getComputedStyle(document.documentElement).backgroundColor).rgb;
  const own = colour(getComputedStyle(element).backgroundColor);
  return own.alpha === 1 ? own.rgb : mix(ground(element.parentElement), own.rgb, own.alpha);
}

/** Ink and ground as they are seen, faded as the element is. */
function pair(element, ink_text) {
  const own = ground(element), ink = colour(ink_text);
  let colours = [mix(own, ink.rgb, ink.alpha), own];
  for (let e = element; e; e = e.parentElement) {
    const faded = Number(getComputedStyle(e).opacity);
    if (faded < 1) colours = colours.map((one) => mix(ground(e.parentElement), one, faded));
  }
  return colours;
}

function light([r, g, b]) {
  const [R, G, B] = [r, g, b].map((n) => (n / 255 <= 0.04045 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * R + 0.7152 * G + 0.0722 * B;
}

function ratio([a, b]) {
  const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

export function contrast(least) {
  const bad = new Set();
  const judge = (element, what, colours) => {
    const is = ratio(colours);
    if (is < least) bad.add(`${what} of ${name_of(element)}: ${is.toFixed(1)}:1, not ${least}`);
  };
  for (const element of new Set(lines().map((line) => line.element))) {
    judge(element, "words", pair(element, getComputedStyle(element).color));
  }
  for (const icon of seen("svg.icon")) judge(icon.parentElement, "the sign", pair(icon, getComputedStyle(icon).color));
  for (const sign of seen(".ring .left, .breath")) {
    const style = getComputedStyle(sign);
    judge(sign, "the sign", pair(sign.parentElement, sign.matches(".left") ? style.stroke : style.borderTopColor));
  }
  for (const button of seen(".button")) rim(button, judge);
  return [...bad];
}

/** A button is told by its ground or by its rim. */
function rim(button, judge) {
  const style = getComputedStyle(button), outside = ground(button.parentElement);
  const [edge, fill] = [pair(button, style.borderTopColor), pair(button, style.backgroundColor)];
  const best = [edge[0], fill[1]].sort((a, b) => ratio([b, outside]) - ratio([a, outside]))[0];
  judge(button, "the rim", [best, outside]);
}

/** With the machine's own colours a ground tells nothing: what can be tapped has a border. */
export function borders() {
  return seen("button, .button").flatMap((e) => {
    const { borderTopWidth, borderTopStyle, outlineStyle, boxShadow } = getComputedStyle(e);
    const is_framed = borderTopStyle !== "none" && parseFloat(borderTopWidth) >= 1;
    return is_framed ? [] : [`${name_of(e)} has no border (${borderTopWidth} ${borderTopStyle}, ${outlineStyle}, ${boxShadow.slice(0, 10)})`];
  });
}
