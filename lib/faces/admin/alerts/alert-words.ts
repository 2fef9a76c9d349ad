/** What an alert of each type is about. */
export const ALERT_WORDS: Readonly<Record<string, string>> = {
  'sweep.needs_approval': 'Sweep waits',
  'sweep.failing': 'Sweep fails',
  'sweep.overdue': 'Sweep overdue',
  'cron.failing': 'Cron job fails',
  'archive.damaged': 'Archive damaged',
  'storage.missing': 'Objects missing',
  'storage.full': 'Storage fills up',
  'audit.broken': 'Audit changed',
  'webhook.disabled': 'Webhook disabled',
  'channel.failing': 'Channel fails',
}

const MAIL = 'alert-email:'

/** Who is told by a channel, as notices name it. */
export function channelWords(channel: string): string {
  if (channel === 'alert-slack') return 'Slack'
  if (channel === 'alert-webhook') return 'the alert webhook'
  return channel.startsWith(MAIL) ? channel.slice(MAIL.length) : channel
}
