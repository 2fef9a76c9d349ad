/**
 * JSON as a value. What no JavaScript number holds is Infinity, which every schema refuses where it stands: 1e400, as
 * JSON.parse has it, and whole numbers past 2^53 as well, which it would round without a word. Throws a SyntaxError.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  // Now the text is known to be JSON, and every quote in it to have its fellow.
  return MAY_BE_TOO_LARGE.test(text) ? JSON.parse(text.replaceAll(TOKEN, markIfTooLarge)) : value
}

const MAY_BE_TOO_LARGE = /(?:^|[[:,\s])-?\d{16}/
/** A text, or a long number without fraction and exponent. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g

function markIfTooLarge(token: string): string {
  return token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : '1e999'
}
