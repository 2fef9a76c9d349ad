import type { NoticePayload } from '../../ports/notice-store.ts'
import { quotedWordsOf } from './words.ts'

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '`': "'" }

/**
 * What Slack, and what takes the same (Mattermost, Discord's `/slack`), shows as a message. What anybody may have written stands in
 * it as code: there no URL is a link, and no `@channel` calls anybody.
 */
export const toSlack = (payload: NoticePayload): { text: string } => ({
  text: quotedWordsOf(payload, toCode),
})

const toCode = (text: string) => `\`${text.replaceAll(/[&<>`]/g, (sign) => ESCAPED[sign] ?? sign)}\``
