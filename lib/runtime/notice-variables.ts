import { z } from 'zod'

const isAddress = (text: string) => z.email().safeParse(text).success
/** Outbound calls carry neither a user nor a password: an alert must not get lost for one. */
const isOpenUrl = (text: string) => {
  const url = URL.parse(text)
  return url === null || (url.username === '' && url.password === '')
}
const postUrl = z.url({ protocol: /^https?$/ }).refine(isOpenUrl)
const POST_URL = 'http://… or https://…, without a user or a password in it'
const split = (text: string) => text.split(',').map((address) => address.trim())

/** The environment variables of what is told to the outside. */
export const NoticeVariables = {
  ALERT_WEBHOOK_URL: postUrl.optional().meta({
    secret: true,
    allowed: POST_URL,
    description: 'Where alerts are posted to, signed',
  }),
  ALERT_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)
    .optional()
    .meta({
      secret: true,
      allowed: 'whsec_ and at least 24 bytes in base64; `echo whsec_$(openssl rand -base64 32)` makes one',
      description: 'What signs them, as Standard Webhooks has it',
    }),
  ALERT_SLACK_URL: postUrl.optional().meta({
    secret: true,
    allowed: POST_URL,
    description: 'An incoming webhook of Slack, for alerts',
  }),
  ALERT_EMAIL_TO: z
    .string()
    .refine((text) => split(text).every(isAddress))
    .transform(split)
    .optional()
    .meta({ allowed: 'e-mail addresses with commas between', description: 'Who is mailed alerts' }),
  ALERT_EMAIL_FROM: z.email().optional().meta({
    allowed: 'an e-mail address',
    description: 'Who mails them. Default: the user of `SMTP_URL`, else the first of `ALERT_EMAIL_TO`',
  }),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, hostname: /.+/ })
    .optional()
    .meta({
      secret: true,
      allowed: 'smtp://user:password@host:port or smtps://…',
      description: 'The mail server; a password goes over TLS alone, unless it ends in `?requireTLS=false`',
    }),
  OUTBOUND_ALLOW_LOOPBACK: z
    .stringbool({ truthy: ['on', 'true', '1'], falsy: ['off', 'false', '0'] })
    .default(false)
    .meta({
      allowed: 'on, true, 1, off, false or 0',
      description: 'For tests: webhooks and `http` actions may call this machine itself',
    }),
}

type Given = { [name in keyof typeof NoticeVariables]?: unknown }
const PAIRS = [
  ['ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRET'],
  ['ALERT_EMAIL_TO', 'SMTP_URL'],
] as const

/** Refuses a channel that could not send: an alert must not get lost for half a configuration. */
export function checkNotices({ value, issues }: z.core.ParsePayload<Given>): void {
  if (issues.length > 0) return
  for (const [channel, needed] of PAIRS)
    if (value[channel] !== undefined && value[needed] === undefined)
      issues.push({
        code: 'custom',
        path: [needed],
        input: undefined,
        message: `is missing: ${channel} needs it`,
      })
}
