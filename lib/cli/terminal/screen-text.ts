import { plainText } from './plain-text.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const COLOUR_OR_RETURN = /(\u001b\[[\d;:]{0,64}m|\r)/
const NO_COLOUR = '\u001b[0m'
/** What is on at once, in characters: enough for any look, and no more to repeat before each line. */
const MOST_COLOURS = 128

/**
 * Lines that a program has printed, as a screen may show them: its colours stay (also over line ends) where there are
 * colours, and nothing else of what moves cursors, sets titles or turns letters around. Of text that the program has
 * written over (`\r`), what stood there last is shown.
 */
export class ScreenText {
  readonly #hasColours: boolean
  /** What the program has switched on, and not off again. */
  #colours = ''

  constructor(hasColours: boolean) {
    this.#hasColours = hasColours
  }

  /** The next line. It leaves the screen without colours. */
  line(printed: string): string {
    let shown = this.#colours
    let isReturned = false
    for (const [n, part] of printed.split(COLOUR_OR_RETURN).entries()) {
      if (n % 2 === 0) {
        const text = part.split('\t').map(plainText).join('\t')
        if (isReturned && text !== '') shown = this.#colours
        isReturned &&= text === ''
        shown += text
      } else if (part === '\r') isReturned = true
      else if (this.#hasColours) {
        this.#colours = added(this.#colours, part)
        shown += part
      }
    }
    return shown.includes('\u001b') ? shown + NO_COLOUR : shown
  }
}

function added(colours: string, next: string): string {
  const isReset = /^\D*0*[;m]/.test(next)
  if (isReset && !next.includes(';')) return ''
  return isReset || colours.length + next.length > MOST_COLOURS ? next : colours + next
}
