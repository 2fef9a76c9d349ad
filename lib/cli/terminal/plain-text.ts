import { stripVTControlCharacters } from 'node:util'

/** Marks that turn the order of letters around, so that text reads as other than it is. */
const TURNING = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_BUT_NEWLINE = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g

/**
 * Text from the ledger as a terminal may see it: without escape sequences, control characters and marks that turn the
 * order of letters around. Newlines stay, a tab is a space.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', ' ')
    .replaceAll(CONTROL_BUT_NEWLINE, '')
    .replaceAll(TURNING, '')
}

/** The same on one line: a line break is a space. */
export function plainLine(text: string): string {
  return plainText(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
}
