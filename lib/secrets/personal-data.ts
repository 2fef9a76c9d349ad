import type { LogRange } from './log-view.ts'

/**
 * E-mail addresses and numbers of payment cards in a log as `viewLog` shows it. By hand: the libraries there are give the text
 * back changed in length instead of saying where, have patterns that are not linear, or take any digits for a card.
 */
export function findPersonalData(text: string): LogRange[] {
  return [...findAddresses(text), ...findCards(text)]
}

/** From each @ outwards, so that nothing is read twice. */
function* findAddresses(text: string): Generator<LogRange> {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at
    while (at - start < MAX_LOCAL && LOCAL.test(text[start - 1] ?? '')) start--
    while (start < at && text[start] === '.') start++
    if (start === at || NO_PERSON.has(text.slice(start, at).toLowerCase())) continue
    DOMAIN.lastIndex = at + 1
    const domain = DOMAIN.exec(text)
    if (domain && !NO_DOMAIN.test(domain[1] ?? '')) yield { start, end: at + 1 + domain[0].length }
  }
}

const MAX_LOCAL = 64
// The dot in the middle stands for what is not ASCII.
const LOCAL = /[\w.%+'\xb7-]/
const DOMAIN =
  /(?!v?\d+\.\d)(?:[A-Za-z0-9\xb7-]{1,63}\.){1,8}(xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,24})(?![\w-])/y
/** As in `git@github.com:acme/repo.git`. */
const NO_PERSON = new Set(['git', 'hg', 'svn'])
/** As in `getty@tty1.service`, `logo@2x.png`. */
const NO_DOMAIN =
  /^(?:service|socket|timer|target|mount|slice|scope|device|png|jpe?g|gif|webp|svg|[cm]?[jt]sx?|json|tgz)$/i

function* findCards(text: string): Generator<LogRange> {
  for (const card of CARDS)
    for (const { 1: number = '', index } of text.matchAll(card)) {
      const digits = number.replaceAll(/\D/g, '')
      if (ISSUER.test(digits) && isLuhn(digits)) yield { start: index, end: index + number.length }
    }
}

// In one piece, or in the groups that are printed on cards. All of it stands ahead, so that another may begin within.
const CARDS = [
  /(?<![\w.]|\d-)(?=(\d{13,19})(?!\w|[.-]\d))/g,
  /(?<![\w.]|\d-)(?=(\d{4}([ -])\d{4}\2\d{4}\2\d{1,4})(?!\w|[.-]\d))/g,
  /(?<![\w.]|\d-)(?=(\d{4}([ -])\d{4}\2\d{4}\2\d{4}\2\d{1,3})(?!\w|[.-]\d))/g,
  /(?<![\w.]|\d-)(?=(\d{4}([ -])\d{6}\2\d{4,5})(?!\w|[.-]\d))/g,
]
/** Cards begin so: a time in milliseconds, microseconds or nanoseconds does not. */
const ISSUER = /^(?:4|5[0-8]|6|3[0-9]|2[2-7])/

function isLuhn(digits: string): boolean {
  let sum = 0
  for (let n = 0; n < digits.length; n++) {
    const digit = Number(digits[digits.length - 1 - n])
    sum += n % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
