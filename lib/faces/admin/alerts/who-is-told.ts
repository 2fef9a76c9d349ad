import { html } from 'hono/html'
import { empty, panel } from '../parts/blocks.ts'
import { channelWords } from './alert-words.ts'

/** The channels that alerts are told by, and how one is set up. */
export function whoIsTold(channels: string[]) {
  const names = channels.map((channel) => html`<li>${channelWords(channel)}</li>`)
  return panel(
    'Who is told',
    channels.length === 0
      ? html`${empty('Nobody is told', 'Alerts stand here and in the log until a channel is set up.')}${setUp('Set one of these where the ledger runs, and start it again:')}`
      : html`<ul class="names">${names}</ul>${setUp('They are set up where the ledger runs, by these variables:')}`,
  )
}

const setUp = (words: string) => html`<p class="hint">${words}</p>
  <dl class="variables hint">
    <div><dt><code>ALERT_SLACK_URL</code></dt><dd>a text to Slack, Mattermost or Discord</dd></div>
    <div><dt><code>ALERT_EMAIL_TO</code> and <code>SMTP_URL</code></dt><dd>an e-mail to each address</dd></div>
    <div><dt><code>ALERT_WEBHOOK_URL</code> and <code>ALERT_WEBHOOK_SECRET</code></dt><dd>a signed POST</dd></div>
  </dl>`
