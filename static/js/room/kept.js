// What the person of this phone likes, kept on this phone. Where a browser keeps nothing, it lasts as
// long as this page.

/** @type {Record<string, string>} */
const here = {};

/** @param {string} name @param {"localStorage" | "sessionStorage"} store @returns {string | null} */
export function recall(name, store = "localStorage") {
  try {
    return here[name] ?? globalThis[store].getItem(`saywhen:${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value @param {"localStorage" | "sessionStorage"} store */
export function keep(name, value, store = "localStorage") {
  here[name] = value;
  try {
    globalThis[store].setItem(`saywhen:${name}`, value);
  } catch {
    return; // it is kept above
  }
}
