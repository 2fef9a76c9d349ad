import { LOG_PREFIX_BYTES, logMarkAt } from '../run/log-prefix.ts'
import { isKeyText, isLastOfKey, KEY_BEGINS, KEY_HEADER, opensKey } from './key-lines.ts'
import type { LogRange } from './log-view.ts'

/**
 * The text of private keys, line by line, in a log as `viewLog` shows it; also of one that began in the chunk before
 * (`inKey`) or goes on in the next (`endsInKey`). Lines of another stream may stand within a key, and are hidden with it. But
 * what is between BEGIN and END must look like a key: after 16 lines that do not and no END to come, or 2,000 of one chunk that
 * do, the log goes on as ever, and so it does when all that the next chunk brings looks like none. Of more than 16 lines of
 * others before an END, those are left. A BEGIN that is only spoken of hides nothing.
 */
export function findKeyBlocks(text: string, inKey: boolean): { ranges: LogRange[]; endsInKey: boolean } {
  const ranges: LogRange[] = []
  let isOpen = inKey
  let at = 0
  for (const marker of [...text.matchAll(MARKER), null]) {
    const end = marker?.index ?? text.length
    if (isOpen) {
      const block = readBlock(text.slice(at, end), inKey && at === 0, marker?.[1] === 'END')
      for (const { start, end } of block.ranges) ranges.push({ start: at + start, end: at + end })
      isOpen = block.isOpen
    }
    if (marker) isOpen = marker[1] === 'BEGIN'
    at = end + (marker?.[0].length ?? 0)
  }
  return { ranges, endsInKey: isOpen }
}

// `grep` puts codes for colours between the words.
const MARKER =
  /-----(BEGIN|END)[ \v]{1,40}(?:[A-Z0-9]{1,20}[ \v]{1,40}){0,3}PRIVATE KEY(?: BLOCK)?[ \v]{0,40}-----/g
const MAX_OTHER_LINES = 16
const MAX_KEY_LINES = 2_000

/** What is hidden of the text behind a BEGIN (or of a key that goes on), up to an END or to what else there is. */
function readBlock(
  body: string,
  isContinued: boolean,
  isEnded: boolean,
): { ranges: LogRange[]; isOpen: boolean } {
  const ranges: LogRange[] = []
  const firstEnd = body.indexOf('\n')
  const isInLine = isEnded && firstEnd === -1
  if (!isContinued && !isInLine && !opensKey(firstEnd === -1 ? body : body.slice(0, firstEnd)))
    return { ranges, isOpen: false }
  let open: LogRange[] = []
  let wasKey = isContinued
  let [keyLines, otherLines] = [0, 0]
  const isLast = ({ start, end }: LogRange) => keyLines > 0 && isLastOfKey(body.slice(start, end).trim())
  for (let at = 0, next = 0; at < body.length; at = next) {
    next = body.indexOf('\n', at) + 1 || body.length
    const start = logMarkAt(body, at) === null ? at : at + LOG_PREFIX_BYTES
    const line = body.slice(start, next).trim()
    if (KEY_HEADER.test(line)) continue
    const isFirst = at === 0 && !isContinued
    const isKey = isKeyText(line) || (wasKey && isLastOfKey(line)) || (isFirst && KEY_BEGINS.test(line))
    // One that begins in the line of its BEGIN stands in it as a whole.
    wasKey = isKey && !isFirst
    open.push({ start, end: next })
    if (isKey) {
      if (++keyLines > MAX_KEY_LINES) return { ranges, isOpen: false }
      ranges.push(...open)
      open = []
    }
    otherLines += isKey ? 0 : 1
    if (open.length <= MAX_OTHER_LINES) continue
    if (!isEnded) return { ranges, isOpen: false }
    ranges.push(...open.filter(isLast))
    open = []
  }
  const isWhole = isEnded && (keyLines > 0 || otherLines <= MAX_OTHER_LINES)
  ranges.push(...(isWhole ? open : open.filter(isLast)))
  return { ranges, isOpen: !isContinued || keyLines > 0 || otherLines === 0 }
}
