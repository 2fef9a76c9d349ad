import { StringDecoder } from 'node:string_decoder'

/**
 * Turns chunks of UTF-8 into lines, without their ends (`\n`, `\r\n`, or the lone `\r` of a progress bar). A line of
 * more than 64 K characters is given out in pieces of that size. `end` gives what was left without an end.
 */
export function splitLines(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let heldReturn = false

  function push(text: string): void {
    const whole = heldReturn ? `\r${text}` : text
    const returnsFrom = endWithoutReturns(whole)
    // Whether a last `\r` ends a line alone is known with the next chunk.
    heldReturn = returnsFrom < whole.length
    const [first = '', ...more] = whole.slice(0, returnsFrom).split(lineEnd)
    rest += first
    for (const next of more) {
      give(rest)
      rest = next
    }
    while (rest.length > maxLine) {
      onLine(rest.slice(0, maxLine))
      rest = rest.slice(maxLine)
    }
  }

  function give(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += maxLine) onLine(line.slice(at, at + maxLine))
  }

  return {
    push: (chunk) => push(decoder.write(chunk)),
    end() {
      push(decoder.end())
      if (rest !== '') give(rest)
      rest = ''
    },
  }
}

const maxLine = 64 * 1024
const lineEnd = /\r*\n|\r+(?=[^\r\n])/

function endWithoutReturns(text: string): number {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 13) end--
  return end
}
