import type { Mail } from '../../ports/mailer.ts'
import type { NoticePayload } from '../../ports/notice-store.ts'
import { wordsOf } from './words.ts'

/** An alert as an e-mail; that it is over, as the answer to the one that said it was there. */
export function toMail(payload: NoticePayload, eventId: string): Omit<Mail, 'to' | 'signal'> {
  const words = wordsOf(payload)
  const told = Object.entries(payload.data).filter(([name]) => name !== 'message')
  const facts = told.map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const earlier = eventId.replace(/_resolved$/, '_opened')
  return {
    subject: `[Runledger] ${words}`,
    text: `${words}\n\n${facts.join('\n')}\n`,
    id: eventId,
    ...(earlier === eventId ? {} : { inReplyTo: earlier }),
  }
}
