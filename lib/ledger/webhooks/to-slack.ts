import type { NoticePayload } from '../../ports/notice-store.ts'
import { wordsOf } from './words.ts'

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/**
 * What Slack, and what takes the same (Mattermost, Discord's `/slack`), shows as a message. Nothing in it is a link or calls
 * anybody: the words of an error may be anyone's.
 */
export function toSlack(payload: NoticePayload): { text: string } {
  return { text: wordsOf(payload).replaceAll(/[&<>]/g, (sign) => ESCAPED[sign] ?? sign) }
}
