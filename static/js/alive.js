// Tells people when a page can't come alive, and reloads a page that lost a script or a style on
// its way. Runs before all other scripts and needs none of them. A page asks for it twice, in its
// head and at its end, because it may be lost itself; a lost module raises its error only after
// that. ECMAScript 5 only, for old browsers.
(function () {
  "use strict";
  var root = document.documentElement;
  if (root.hasAttribute("data-watched")) return;
  root.setAttribute("data-watched", "");
  var TRIES = 3;
  var KEY = "saywhen:again";
  var LATE_MS = 8000; // after the load event
  var LOOK_MS = 500;
  var is_old = false; // the browser can't run our scripts
  var is_lost = false; // a script does not arrive, however often we ask
  var is_late = false; // all scripts arrived, and still nothing works
  var is_trying = false;

  /** @template T @param {() => T} work @param {T} otherwise */
  function attempt(work, otherwise) {
    try {
      return work();
    } catch (error) {
      return otherwise;
    }
  }

  /** @param {() => void} work @param {number} ms */
  function later(work, ms) {
    attempt(function () { setTimeout(work, ms); }, undefined);
  }

  /** @param {string} id */
  function by(id) {
    return document.getElementById(id);
  }

  /** @param {string} rule */
  function supports(rule) {
    return window.CSS && CSS.supports && CSS.supports(rule);
  }

  /** Whether this browser lacks what these pages need: docs/browsers.md. */
  function lacks() {
    return !("noModule" in document.createElement("script")) ||
      typeof window.CSSLayerBlockRule === "undefined" ||
      !supports("(height: 1dvh)");
  }

  /** The live page is alive once a whole picture was painted. Other pages only need their words. */
  function is_alive() {
    var room = by("room");
    return !room || room.hasAttribute("data-painted");
  }

  /** @param {string} selector @param {(part: HTMLElement) => void} then */
  function each(selector, then) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), then);
  }

  function tell() {
    var sheet = by("not-alive");
    if (!sheet) return;
    var is_dead = is_old || is_lost || (is_late && !is_alive());
    var of = is_old ? "old" : "lost";
    if (sheet.hidden === !is_dead && sheet.getAttribute("data-why") === of) return;
    if (is_dead) document.body.insertBefore(sheet, document.body.firstChild);
    sheet.hidden = !is_dead;
    sheet.setAttribute("data-why", of);
    each("#not-alive [data-why-of]", function (part) {
      part.hidden = part.getAttribute("data-why-of") !== of;
    });
    each("#not-alive [data-of-room]", function (part) {
      part.hidden = !by("room");
    });
    // Without its styles the live page would show all its screens at once.
    var room = by("room");
    if (room) room.style.display = is_dead ? "none" : "";
  }

  function look() {
    tell();
    if (is_old || is_lost || (is_late && is_alive())) return;
    later(look, LOOK_MS);
  }

  function count() {
    return attempt(function () {
      var kept = sessionStorage.getItem(KEY);
      return kept === null ? TRIES : Number(kept);
    }, TRIES); // if tries can't be counted, never reload
  }

  /** @param {number} tries */
  function keep(tries) {
    attempt(function () { sessionStorage.setItem(KEY, String(tries)); }, undefined);
  }

  function again() {
    var tries = count();
    if (is_trying) return;
    if (tries >= TRIES) {
      is_lost = true;
      return;
    }
    is_trying = true;
    keep(tries + 1);
    later(function () { location.reload(); }, 300 * Math.pow(2, tries));
  }

  function was_reloaded() {
    return attempt(function () {
      var navigation = performance.getEntriesByType("navigation")[0];
      return /** @type {PerformanceNavigationTiming} */ (navigation).type === "reload";
    }, false);
  }

  /** @param {string} script */
  function is_ours(script) {
    return /\/static\/[^/]+\/js\//.test(script);
  }

  /** @param {ErrorEvent} event */
  function on_error(event) {
    var target = /** @type {Element | null} */ (event.target);
    if (target && target.tagName === "SCRIPT") again();
    else if (/SyntaxError/.test(event.message)) is_old = is_old || is_ours(event.filename);
  }

  /** Load the page again if a style was lost. Without it STOP still works, so after a few tries the
   * page stays. */
  function check_styles() {
    each('link[rel="stylesheet"]', function (style) {
      var sheet = /** @type {HTMLLinkElement} */ (style).sheet;
      var is_here = attempt(function () { return sheet && sheet.cssRules.length > 0; }, false);
      if (!is_here && count() < TRIES) again();
    });
  }

  is_old = attempt(lacks, true);
  if (!was_reloaded()) keep(0);
  window.addEventListener("error", on_error, true);
  document.addEventListener("DOMContentLoaded", look);
  window.addEventListener("load", function () {
    attempt(check_styles, undefined);
    later(function () { is_late = !is_trying; }, LATE_MS);
  });
})();
