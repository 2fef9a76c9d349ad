import { smtpMailer } from '../notify/smtp-mailer.ts'
import type { AlertChannels } from '../ports/alert-channels.ts'
import type { Outbound } from '../ports/outbound.ts'
import type { Config } from './config.ts'

/** The ways to the outside, as they are configured. Nothing is opened before something is sent. */
export function openNotices(config: Config): { outbound: Outbound; alertChannels: AlertChannels } {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret, ALERT_SLACK_URL: slackUrl } = config
  return {
    outbound: lazyOutbound(config.OUTBOUND_ALLOW_LOOPBACK),
    alertChannels: {
      webhook: url === undefined || secret === undefined ? null : { url, secret },
      slack: slackUrl === undefined ? null : { url: slackUrl },
      email: emailOf(config),
    },
  }
}

/** Loaded when it is first used: a command that has to start at once calls nobody. */
function lazyOutbound(allowLoopback: boolean): Outbound {
  const opened = async () =>
    (await import('../notify/guarded-outbound.ts')).guardedOutbound({ allowLoopback })
  return {
    check: async (url) => (await opened()).check(url),
    post: async (request) => (await opened()).post(request),
  }
}

function emailOf({ ALERT_EMAIL_TO: to, ALERT_EMAIL_FROM, SMTP_URL: url }: Config): AlertChannels['email'] {
  const [first] = to ?? []
  if (to === undefined || first === undefined || url === undefined) return null
  return { to, mailer: smtpMailer({ url, from: ALERT_EMAIL_FROM ?? userOf(url) ?? first }) }
}

/** The user of a mail server, where that is an address. */
function userOf(url: string): string | undefined {
  const user = new URL(url).username.replaceAll('%40', '@')
  return user.includes('@') ? user : undefined
}
