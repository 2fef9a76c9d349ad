import { stripVTControlCharacters } from 'node:util'
import Anser from 'anser'
import { html } from 'hono/html'
import type { Html } from '../../page.ts'
import { colorName } from './color-name.ts'

type Span = Anser.AnserJsonEntry

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const COLORS = /(\u001b\[[\d;]{0,64}m)/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSHOWN = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const LOOKS: Record<string, string> = {
  bold: 'ansi-bold',
  dim: 'ansi-dim',
  italic: 'ansi-italic',
  underline: 'ansi-underline',
  strikethrough: 'ansi-struck',
  reverse: 'ansi-reverse',
}

/**
 * Lines that a program has printed, as a page may show them: its colors as classes, which go on over line ends, and nothing else of
 * what moves cursors, sets titles or turns letters around. All text is escaped.
 */
export function styledLines(printed: string[]): Html[] {
  const spans = new Anser().ansiToJson(printed.map(shown).join('\n'), { json: true, remove_empty: true })
  const lines: Html[][] = [[]]
  for (const span of spans)
    for (const [n, text] of span.content.split('\n').entries()) {
      if (n > 0) lines.push([])
      if (text !== '') lines.at(-1)?.push(toHtml(text, span))
    }
  return lines.map((parts) => html`${parts}`)
}

/** The text with the colors it sets, and no other control characters. Of what was written over (`\r`), what stood there last. */
function shown(text: string): string {
  const [first = '', ...over] = text.split('\r')
  const last = over.findLast((part) => clean(part) !== '')
  if (last === undefined) return clean(first)
  const before = text.slice(0, text.lastIndexOf(last))
  return (
    before
      .split(COLORS)
      .filter((_, n) => n % 2 === 1)
      .join('') + clean(last)
  )
}

function clean(text: string): string {
  return text
    .split(COLORS)
    .map((part, n) => (n % 2 === 1 ? part : stripVTControlCharacters(part).replaceAll(UNSHOWN, '')))
    .join('')
}

function toHtml(text: string, { fg, bg, decorations }: Span): Html {
  const looks = decorations.flatMap((one) => LOOKS[one] ?? [])
  const names = [...new Set([...looks, ...colorOf(fg, 'ansi-'), ...colorOf(bg, 'ansi-on-')])]
  return names.length === 0 ? html`${text}` : html`<span class="${names.join(' ')}">${text}</span>`
}

const colorOf = (rgb: string | null, prefix: string) => (rgb === null ? [] : [`${prefix}${colorName(rgb)}`])
