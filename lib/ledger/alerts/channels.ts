import type { AlertChannels } from '../../ports/alert-channels.ts'

/** The channels that somebody listens to, as deliveries name them. */
export function channelNames({ webhook, slack, email }: AlertChannels): string[] {
  return [
    ...(webhook === null ? [] : ['alert-webhook']),
    ...(slack === null ? [] : ['alert-slack']),
    ...(email === null ? [] : ['alert-email']),
  ]
}
