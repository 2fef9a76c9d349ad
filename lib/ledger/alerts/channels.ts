import type { AlertChannels } from '../../ports/alert-channels.ts'

const MAIL = 'alert-email:'

/** The channels that somebody listens to, as deliveries name them; each one who is mailed is one. */
export function channelNames({ webhook, slack, email }: AlertChannels): string[] {
  return [
    ...(webhook === null ? [] : ['alert-webhook']),
    ...(slack === null ? [] : ['alert-slack']),
    ...(email?.to ?? []).map((address) => `${MAIL}${address}`),
  ]
}

/** Who is mailed by a channel; null: it is no mail. */
export const addressOf = (channel: string) => (channel.startsWith(MAIL) ? channel.slice(MAIL.length) : null)
