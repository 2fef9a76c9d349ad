import stringWidth from 'string-width'

const GRAPHEMES = new Intl.Segmenter()

/** How many cells of a terminal a text takes. */
export const widthOf = (text: string): number => stringWidth(text)

/** The text in at most `width` cells; what is cut off leaves an ellipsis. Never cuts a character in two. */
export function fitText(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let fitted = ''
  let left = width - 1
  for (const { segment } of GRAPHEMES.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    fitted += segment
  }
  return width > 0 ? `${fitted.trimEnd()}…` : ''
}

/** The text with spaces after (or before) it, up to `width` cells. */
export function padText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + space : space + text
}
