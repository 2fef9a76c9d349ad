import type { Mailer } from '../ports/mailer.ts'
import { LedgerError } from '../run/errors.ts'

const PATIENCE_MS = 10_000
const DEADLINE_MS = 30_000

export interface SmtpMailerOptions {
  url: string
  from: string
  /** For a whole mail. Default: 30 s. */
  deadlineMs?: number
}

/**
 * E-mail through the server of an `smtp://` or `smtps://` URL, whose parameters are nodemailer's own. A password goes out only
 * over TLS, unless the URL says `requireTLS=false`. Every step has 10 s, all together 30 s.
 */
export function smtpMailer({ url, from, deadlineMs = DEADLINE_MS }: SmtpMailerOptions): Mailer {
  return {
    async send({ to, subject, text, id, inReplyTo, signal: stop }) {
      const deadline = AbortSignal.timeout(deadlineMs)
      const signal = stop === undefined ? deadline : AbortSignal.any([deadline, stop])
      // Loaded when there is something to send: a function seldom has.
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({
        url,
        requireTLS: new URL(url).password !== '',
        connectionTimeout: PATIENCE_MS,
        greetingTimeout: PATIENCE_MS,
        socketTimeout: PATIENCE_MS,
        dnsTimeout: PATIENCE_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const messageId = toMessageId(id)
      const earlier = inReplyTo === undefined ? {} : { inReplyTo: toMessageId(inReplyTo) }
      const headers = { 'Auto-Submitted': 'auto-generated' }
      try {
        await transport.sendMail({ from, to, subject, text, messageId, ...earlier, headers, signal })
      } catch (error) {
        if (stop?.aborted) throw stop.reason
        if (deadline.aborted)
          throw new LedgerError(
            'unavailable',
            `the mail server did not take it within ${deadlineMs / 1_000} s`,
          )
        throw unavailable(error)
      } finally {
        transport.close()
      }
    },
  }
}

const toMessageId = (id: string) => `<${id}@runledger>`

/** By its code alone: in their own words servers quote what they were sent. */
function unavailable(error: unknown): LedgerError {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const why = [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number')
  return new LedgerError(
    'unavailable',
    `the mail server did not take it${why.length > 0 ? ` (${why.join(' ')})` : ''}`,
  )
}
