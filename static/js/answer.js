// Whose answer it is. Pure: between a phone and the server stand proxies, sign-in pages of a Wi-Fi and
// other programs, and what they answer proves nothing, whatever its status.

export const MARK = "saywhen"; // the header that every answer of ours carries
const PROBLEM = "application/problem+json";
const JSON_TYPE = "application/json";

/** Whatever came from outside, as it may be read. @typedef {Partial<Record<string, unknown>> | null | undefined} Foreign */
/** @typedef {"ours" | "foreign" | "none"} Kind */
/** @typedef {{kind: Kind, status: number, code: string | null, reason: string | null, body: Foreign}} Answer */

/** No network, no server, or none that answers in time. @type {Answer} */
export const NONE = { kind: "none", status: 0, code: null, reason: null, body: null };

/**
 * Ours is what is marked and of the shape that was asked for (JSON, or plain text), and a problem as
 * we write it, with its machine word in `code`: where its mark was lost its shape is proof enough.
 * @param {{status: number, type: string, mark: string | null, text: string}} got
 * @param {(body: Foreign) => boolean} is_expected
 * @returns {Answer}
 */
export function judge({ status, type, mark, text }, is_expected = () => true) {
  const foreign = { ...NONE, kind: /** @type {Kind} */ ("foreign"), status };
  const [media = ""] = type.toLowerCase().split(";");
  if (media.trim() === PROBLEM) {
    const body = read(text);
    const { code, reason } = body ?? {};
    const is_told = status >= 400 && body?.status === status && body.type === `about:blank#${code}`;
    if (!is_told || typeof code !== "string") return foreign;
    return { kind: "ours", status, code, reason: typeof reason === "string" ? reason : null, body };
  }
  if (mark === null || status < 200 || status >= 300) return foreign;
  const body = media.trim() === JSON_TYPE ? read(text) : /** @type {Foreign} */ (/** @type {unknown} */ (text));
  return body !== null && is_expected(body) ? { kind: "ours", status, code: null, reason: null, body } : foreign;
}

/** @param {string} text @returns {Foreign} */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether a part of a page may be swapped for it. @param {string | null} mark @param {number} status */
export function is_part(mark, status) {
  return mark !== null && status >= 200 && status < 600;
}
