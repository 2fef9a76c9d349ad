/**
 * Behind a terminal's control code (ECMA-48) that begins here: `ESC [ 31 m`, `ESC ( B`, `ESC M`. Of one that holds a text, as
 * the title of a window, behind its ESC: the text is looked at like any other.
 */
export function codeEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start + 1] === BRACKET) return sequenceEnd(bytes, start + 2)
  const at = skip(bytes, start + 1, 0x20, 0x2f)
  return isWithin(bytes[at], 0x30, 0x7e) && !OPENS_TEXT.has(bytes[at] ?? 0) ? at + 1 : at
}

/** Behind `\n`, `\r`, `\t` or a colour as JSON and others write them (`\u001b[31m`), with a backslash here; else here. */
export function escapeEnd(bytes: Uint8Array, backslash: number): number {
  const next = bytes[backslash + 1] ?? 0
  if (next === 0x6e || next === 0x72 || next === 0x74) return backslash + 2
  if (next !== 0x75 && next !== 0x78 && next !== 0x30 && next !== 0x65) return backslash
  const escaped = Buffer.from(bytes.subarray(backslash + 1, backslash + 7)).toString('latin1')
  const [opening] = /^(?:u001b|x1b|033|e)\[/i.exec(escaped) ?? []
  return opening ? sequenceEnd(bytes, backslash + 1 + opening.length) : backslash
}

const BRACKET = 0x5b
const OPENS_TEXT = new Set([...'PX]^_'].map((character) => character.charCodeAt(0)))

function sequenceEnd(bytes: Uint8Array, start: number): number {
  const at = skip(bytes, start, 0x20, 0x3f)
  return isWithin(bytes[at], 0x40, 0x7e) ? at + 1 : at
}

function skip(bytes: Uint8Array, start: number, first: number, last: number): number {
  let at = start
  while (isWithin(bytes[at], first, last)) at++
  return at
}

function isWithin(byte: number | undefined, first: number, last: number): boolean {
  return byte !== undefined && byte >= first && byte <= last
}
