// Text that hangs out of the screen sideways, or is cut off by its own box, or by the bottom of a
// screen that does not scroll. What only a screen reader has is no matter here.

export function cut_off() {
  const bad = [];
  const is_text = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  // A glyph's box is taller than its line where lines are set tight: that much is no ink.
  const texts_of = (e) => {
    const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
      const range = document.createRange(), parent = walker.currentNode.parentElement;
      if (!parent.checkVisibility() || parent.closest(".hidden-visually")) continue;
      range.selectNodeContents(walker.currentNode);
      const spare = 0.25 * parseFloat(getComputedStyle(parent).fontSize);
      for (const rect of range.getClientRects()) found.push({ rect, spare });
    }
    return found;
  };
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.matches(".skip") || e.closest(".hidden-visually") || (e.closest("svg") && !e.matches("svg.figure"))) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const name = `${e.tagName}.${e.className} ${(e.textContent ?? "").trim().slice(0, 40)}`;
    const is_beside = box.left < -1 || box.right > innerWidth + 1;
    const hides = style.overflowX === "hidden" || style.overflowY === "hidden";
    const is_more = texts_of(e).some(({ rect, spare }) => (style.overflowX === "hidden" && rect.right > box.right + 1)
      || (style.overflowY === "hidden" && (rect.bottom > box.bottom + spare || rect.top < box.top - spare)));
    const stands = e.closest(".instrument, .hands, .big:not(.button), .big-bar") && !e.closest(".card-zone");
    const is_above_or_below = box.bottom > innerHeight + 1 || box.top < -1;
    const hangs_out = is_text(e) && !hides && texts_of(e).some(({ rect }) => rect.right > innerWidth + 1 || rect.left < -1);
    if (is_text(e) && is_beside) bad.push(`sideways: ${name}`);
    else if (hangs_out) bad.push(`words off the side: ${name}`);
    if (hides && is_more) bad.push(`cut off: ${name}`);
    if ((is_text(e) || e.matches("svg.figure")) && stands && is_above_or_below) bad.push(`off screen: ${name}`);
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth + 1) bad.push("the page scrolls sideways");
  return bad;
}
