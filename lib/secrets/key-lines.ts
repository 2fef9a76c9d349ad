import { CODE } from './log-view.ts'

/** What stands before a key's text, and may be read. */
export const KEY_HEADER = /^$|^(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): .{1,80}$/
/** A key's text in the line of its BEGIN. */
export const KEY_BEGINS = /^[\s\\"']*[A-Za-z0-9+/]{16}/

/**
 * Whether a key may begin after a BEGIN, by the rest of its line: nothing else stands there, or a line end as it is written
 * in text, a quote that closes a field, a header, a key's text. Behind one that is only spoken of, words follow.
 */
export function opensKey(rest: string): boolean {
  const text = rest.replaceAll(CODE, '')
  return OPENS.test(text) || KEY_BEGINS.test(text) || isKeyText(text)
}

// An escaped line end is two spaces.
const OPENS =
  /^\\{0,3}(?:[\s"'`,;+|)\]}]{0,20}$|\s{2}|\s?(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): |["'`](?:[,})\]]|\s\w{1,40}=))/

/**
 * Whether there is as much base 64 in one piece as a key's full line has; less (some are 32 wide) where it is all there is. A
 * hash in hex has letters of one case; one in base 64 stands behind its name.
 */
export function isKeyText(line: string): boolean {
  const words: string[] =
    line.match(/(?<![A-Za-z0-9+/=])(?<!sha(?:1|256|384|512)[-:])[A-Za-z0-9+/=]{40,}/gi) ?? []
  if (/^[A-Za-z0-9+/]{24,40}$/.test(line) && /\d/.test(line)) words.push(line)
  return words.some((word) => /[A-Z]/.test(word) && /[a-z]/.test(word))
}

/** Whether it may be what is left over for the last line, or the checksum that PGP has there. */
export function isLastOfKey(line: string): boolean {
  if (/^=[A-Za-z0-9+/]{4}$/.test(line)) return true
  const word = line.length <= MAX_WRAPPED ? WRAPPED.exec(line)?.[1] : line
  if (!word || word.length % 4 !== 0) return false
  return word === line ? /^[A-Za-z0-9+/]+={0,2}$/.test(word) : DRAWN.test(word)
}

const MAX_WRAPPED = 500
// As others put it: `web-1  | …`, `… stdout F …`, `{"log":"…\n","stream":"stdout"}`, `'…\n' +`.
const WRAPPED =
  /(?:^|[|>"'`\t\]+] {0,2}|[ \t][A-Z]{1,8} )(=?[A-Za-z0-9+/]{1,76}={0,2})\\{0,3}(?: {2,6}["']|[\s"'\\+,;]{0,8}$)/
/** What is no word, behind others. */
const DRAWN = /[=+]|[a-z0-9][A-Z]|[A-Z][0-9]/
