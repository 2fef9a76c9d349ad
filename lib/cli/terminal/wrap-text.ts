import { widthOf } from './fit-text.ts'

/** A text in lines of at most `width` cells, where its words allow that; those after the first are indented besides. */
export function wrapText(
  text: string,
  { width, indent }: { width: number | undefined; indent: number },
): string {
  if (width === undefined) return text
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    const longer = line === undefined ? word : `${line} ${word}`
    if (line === undefined || widthOf(longer) > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}
