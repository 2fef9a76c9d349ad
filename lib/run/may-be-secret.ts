const [NONE, LOWER, UPPER, DIGIT, SIGN, JOINT] = [0, 1, 2, 3, 4, 5] as const

/** What each ASCII character is in a word that a secret might be. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[a-z]/.test(character)) return LOWER
  if (/[A-Z]/.test(character)) return UPPER
  if (/[0-9]/.test(character)) return DIGIT
  if (/[+=]/.test(character)) return SIGN
  return /[/_.~%-]/.test(character) ? JOINT : NONE
})
const WORD = 16
const PART = 6
/** What stands beside secrets that may be short: a URL's password, a key, `Authorization: Basic`. */
const SHORT_SECRETS = ['://', '-----BEGIN', 'asic', 'ASIC']

/**
 * Whether a text is worth the scanner's time. Every rule needs one of `SHORT_SECRETS`, or a long unbroken word with a part that
 * people do not write: sixteen in one piece; or six with digits among letters, signs, or capitals other than at its beginning.
 * Paths and names are words and numbers. By hand, since every run's every text goes through here.
 */
export function mayBeSecret(text: string): boolean {
  if (SHORT_SECRETS.some((mark) => text.includes(mark))) return true
  let word = 0
  let isOdd = false
  let part = 0
  let seen = 0
  for (let n = 0; n <= text.length; n++) {
    const kind = CLASSES[text.charCodeAt(n)] ?? NONE
    if (kind !== NONE && kind !== JOINT) {
      seen |= 1 << (kind === UPPER && part === 0 ? NONE : kind)
      part++
      word++
      continue
    }
    isOdd ||= part >= WORD || (part >= PART && isMixed(seen))
    part = 0
    seen = 0
    if (kind === JOINT) word++
    else {
      if (isOdd && word >= WORD) return true
      word = 0
      isOdd = false
    }
  }
  return false
}

/** Of what a part has been seen to hold; a capital at its beginning counts as a letter alone. */
function isMixed(seen: number): boolean {
  const has = (kind: number) => (seen & (1 << kind)) !== 0
  return has(SIGN) || has(UPPER) || (has(DIGIT) && (has(LOWER) || has(NONE)))
}
