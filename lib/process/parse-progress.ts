import { LIMITS } from '../run/limits.ts'

/**
 * Reads a line by which a script tells how far it is: `progress: 42`, `Progress: 42.7% loading users`,
 * `progress: 3/10`, `::progress 42 message`; after a timestamp and a log level as well, and in colour. Whole percent,
 * rounded down (99.9 is not done) and kept within 0-100; the message has 500 characters at most. Null for any other line.
 */
export function parseProgress(line: string): { progress: number; message?: string } | null {
  const plain = line.slice(0, 4096).replace(ansiCode, '').replace(controls, ' ')
  const found = progressLine.exec(plain)?.groups
  if (!found) return null
  const parts = Number(found.of ?? 100)
  const percent = (Number(found.value) * 100) / parts
  if (parts === 0 || Number.isNaN(percent)) return null
  const progress = Math.floor(Math.min(100, Math.max(0, percent)))
  const message = found.message?.trim().slice(0, LIMITS.progressMessage)
  return message ? { progress, message } : { progress }
}

const esc = String.fromCharCode(27)
const ansiCode = new RegExp(`${esc}\\[[0-9;?]{0,32}[A-Za-z]`, 'g')
const controls = /\p{Cc}/gu

// Bounded repeats and classes that cannot meet: every part is tried in one way only, so hostile lines cost no more.
const date = '\\d{4}[-/]\\d\\d[-/]\\d\\d'
const time = '\\d\\d:\\d\\d(?::\\d\\d)?(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)?'
const timestamp = `\\[?(?:${date}[T ])?${time}\\]?[ ,:|-]{1,4}`
const level = '\\[?(?:trace|debug|info|notice|warn|warning|error)\\]?(?::[\\w.]{1,64}:|[ :|-]{1,4})'
const value = '(?<value>-?\\d{1,300}(?:\\.\\d{1,300})?)(?: ?%|/(?<of>\\d{1,300}))?'
const progressLine = new RegExp(
  `^ {0,64}(?:${timestamp})?(?:${level})?(?:::progress {1,8}|progress {0,8}[:=] {0,8})${value}(?:[ ,;:|-]{1,8}(?<message>.*))?$`,
  'i',
)
