// Decides who sent an HTTP answer. Pure. Proxies, sign-in pages of a Wi-Fi and other programs stand
// between a phone and the server, and their answers prove nothing, whatever the status.

export const MARK = "saywhen"; // the header that every answer of ours carries
const PROBLEM = "application/problem+json";
const JSON_TYPE = "application/json";

/**
 * JSON from outside: any field may be missing or of any type.
 * @typedef {Partial<Record<string, unknown>> | null | undefined} Foreign
 */
/** @typedef {"ours" | "foreign" | "none"} Kind */
/**
 * @typedef {object} Answer
 * @property {Kind} kind
 * @property {number} status
 * @property {string | null} code
 * @property {string | null} reason
 * @property {Foreign} body
 */

/** No network, no server, or no answer in time. @type {Answer} */
export const NONE = { kind: "none", status: 0, code: null, reason: null, body: null };

/**
 * Return whose answer this is, and what it says. It is ours if it carries our mark and has the
 * expected shape (JSON, or plain text), or if it is a problem as we write it, with its machine word
 * in `code`: then its shape is proof enough, even if a proxy dropped the mark.
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
  const plain = /** @type {Foreign} */ (/** @type {unknown} */ (text));
  const body = media.trim() === JSON_TYPE ? read(text) : plain;
  if (body === null || !is_expected(body)) return foreign;
  return { kind: "ours", status, code: null, reason: null, body };
}

/** @param {string} text @returns {Foreign} */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether it may replace a part of a page. @param {string | null} mark @param {number} status */
export function is_part(mark, status) {
  return mark !== null && status >= 200 && status < 600;
}
