// Where the client's signals stand: the same in every phase, and harmless when the phone is turned.

import { name_of, seen } from "./stage.js";

export const HANDS_ON = ["easing_in", "holding", "eased", "releasing"];
const GRID_PX = 11; // no divisor of any shape, so that points fall everywhere

export const tap_at = (x, y) => document.elementFromPoint(x, y)?.closest("[data-tap]")?.dataset.tap;

/** A STOP tap on a phone turned by 180 degrees is never one of these. */
export function turned() {
  const { role, phase } = document.querySelector("#room")?.dataset ?? {};
  if (role !== "client" || ["lobby", "warming_up", "ended", "connecting"].includes(phase)) return [];
  const bad = new Set();
  for (let x = 2; x < innerWidth; x += GRID_PX) {
    for (let y = 2; y < innerHeight; y += GRID_PX) {
      if (tap_at(x, y) !== "stop") continue;
      const other = tap_at(innerWidth - x, innerHeight - y);
      if (["good", "ready", "let_go"].includes(other)) bad.add(`a STOP at ${x}, ${y} is ${other} when turned`);
    }
  }
  return [...bad].slice(0, 2);
}

/** Where each signal stands: the same in every phase with hands on. */
export function places() {
  const { role, phase } = document.querySelector("#room")?.dataset ?? {};
  if (role !== "client" || ![...HANDS_ON, "stopped"].includes(phase)) return [];
  return seen(".hands-on > .zone").map((e) => {
    const { left, top, width, height } = e.getBoundingClientRect();
    return `${[left, top, width, height].map(Math.round)}`;
  });
}

/** The drill's STOP is seen without scrolling, but where its own words are set large. */
export function drill() {
  const is_large = parseFloat(getComputedStyle(document.documentElement).fontSize) > 16;
  return seen(".warming .stop-button").filter((e) => !is_large && e.getBoundingClientRect().bottom > innerHeight)
    .map((e) => `${name_of(e)} is below the screen: ${Math.round(e.getBoundingClientRect().bottom)} px of ${innerHeight}`);
}

/** Where the places of the body map are, in front or behind. @param {string} view */
export function body_places(view) {
  const shown = [...document.querySelectorAll(`.view-${view} > .zone-of-body`)].filter((one) => one.checkVisibility());
  return shown.map((one) => {
    const { width, height, left, right } = one.getBoundingClientRect();
    return [one.ariaLabel, width, height, left, right];
  });
}

/** Which of these places no thumb can reach before it scrolls. @param {string[]} names */
export function out_of_reach(names) {
  const all = [...document.querySelectorAll(".zone-of-body")].filter((one) => one.checkVisibility());
  const is_there = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const at = [0.2, 0.5, 0.8].map((part) => top + height * part);
    return at.filter((y) => document.elementFromPoint(left + width / 2, y) === one).length > 0;
  };
  return names.filter((name) => !all.some((one) => one.dataset.place === name && is_there(one)));
}
