// What a state says by word, sign and ground; what moves; how large it is painted; what axe says.

import { name_of, seen } from "./stage.js";

/** The signs and words that can be seen, and the ground they stand on. */
export function says() {
  const signs = seen("svg.icon use").map((e) => e.getAttribute("href")?.slice(1));
  if (seen("svg.ring").length > 0) signs.push("ring");
  const [main] = seen(".whole, .instrument, .hands, .big:not(.button)").slice(-1);
  const words = (main?.innerText ?? "").replace(/\s+/g, " ");
  return [{ signs, words, ground: main ? getComputedStyle(main).backgroundColor : "" }];
}

/** What moves for longer than `most_ms`, but a press that shows how far it is; and what flashes. */
export function moving(most_ms) {
  return document.getAnimations().flatMap((one) => {
    const { duration, iterations } = one.effect.getComputedTiming();
    const target = one.effect.target;
    const is_flash = iterations > 1 && Number(duration) < 500;
    const is_long = Number(duration) > most_ms && !target.closest(".door");
    return is_flash || is_long ? [`${name_of(target)} moves for ${duration} ms, ${iterations} times`] : [];
  });
}

/** How high the capitals of the largest words are, in px. */
export function capitals() {
  const pen = document.createElement("canvas").getContext("2d");
  const heights = seen(".command, .stopped > h1").map((e) => {
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(e);
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    return pen.measureText("E").actualBoundingBoxAscent;
  });
  return [Math.max(0, ...heights)];
}

/** Leave nothing but this, black on white. */
export function only(selector) {
  const style = document.createElement("style");
  style.textContent = `* { visibility: hidden !important } html, body { background: #fff !important }
    ${selector} { visibility: visible !important; color: #000 !important; background: #fff !important }`;
  document.body.append(style);
}

/** The box of what is dark in a picture, as [width, height] in its pixels. @param {string} png in base64 */
export async function ink(png) {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const xs = [], ys = [];
  for (let n = 0; n < data.length; n += 4) {
    if (data[n] > 128) continue;
    xs.push((n / 4) % image.width);
    ys.push(Math.floor(n / 4 / image.width));
  }
  const span = (all) => all.reduce((a, b) => Math.max(a, b), -1) - all.reduce((a, b) => Math.min(a, b), Infinity) + 1;
  return [span(xs), span(ys)];
}

export async function axe_says(options) {
  const { violations } = await globalThis.axe.run(options);
  return violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
}
