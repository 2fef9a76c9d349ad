import type { NoticePayload } from '../../ports/notice-store.ts'

const MOST = 300

/** An event in a sentence, on one line, for people. */
export const wordsOf = (payload: NoticePayload): string => toLine(quotedWordsOf(payload, (text) => text))

/** The same, with what anybody may have written marked by `quote`: names, and the words of an error. */
export function quotedWordsOf({ type, data }: NoticePayload, quote: (text: string) => string): string {
  const { message, error, errorMessage, reason } = data
  const why = [message, error, errorMessage, reason].find((text) => typeof text === 'string' && text !== '')
  const subject = subjectOf(type, data, (text) => quote(toLine(String(text))))
  return why === undefined ? subject : `${subject}: ${quote(toLine(String(why)))}`
}

function subjectOf(type: string, data: Record<string, unknown>, quote: (text: unknown) => string): string {
  const what = type.slice(type.indexOf('.') + 1)
  if (type === 'alert.opened') return 'Alert'
  if (type === 'alert.resolved') return 'Resolved'
  if (type.startsWith('run.')) return `Run ${data.runId} of ${quote(data.kind)} ${RUN_WORDS[what] ?? what}`
  if (type.startsWith('cron.')) return `Cron job ${quote(data.name ?? '')} ${CRON_WORDS[what] ?? what}`
  return type
}

const RUN_WORDS: Record<string, string> = {
  lost: 'lost its worker',
  recovered: 'has come back',
  canceled: 'was canceled',
}
const CRON_WORDS: Record<string, string> = {
  timeout: 'took too long',
  missed: 'missed its time',
  recovered: 'works again',
}

function toLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > MOST ? `${line.slice(0, MOST - 1)}…`.toWellFormed() : line
}
