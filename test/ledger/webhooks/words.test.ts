import { describe, expect, it } from 'vitest'
import { toMail } from '../../../lib/ledger/webhooks/to-mail.ts'
import { toSlack } from '../../../lib/ledger/webhooks/to-slack.ts'
import { wordsOf } from '../../../lib/ledger/webhooks/words.ts'

const told = (type: string, data: Record<string, unknown> = {}) => ({
  type,
  timestamp: '2026-11-22T08:31:59.123Z',
  data,
})
const run = { runId: '01KBQK6M3V8Z5W0X2Y4A6C8E9G', kind: 'script.pull', error: null }

describe('an event in words', () => {
  it.each<[type: string, data: Record<string, unknown>, words: string]>([
    ['run.succeeded', run, 'Run 01KBQK6M3V8Z5W0X2Y4A6C8E9G of script.pull succeeded'],
    [
      'run.failed',
      { ...run, error: 'no such table' },
      'Run 01KBQK6M3V8Z5W0X2Y4A6C8E9G of script.pull failed: no such table',
    ],
    ['run.lost', run, 'Run 01KBQK6M3V8Z5W0X2Y4A6C8E9G of script.pull lost its worker'],
    ['cron.timeout', { name: 'nightly' }, 'Cron job nightly took too long'],
    [
      'cron.missed',
      { name: 'nightly', reason: 'the policy is skip' },
      'Cron job nightly missed its time: the policy is skip',
    ],
    ['cron.failed', { name: 'nightly', errorMessage: 'exit code 1' }, 'Cron job nightly failed: exit code 1'],
    ['alert.opened', { message: 'all is lost' }, 'Alert: all is lost'],
    ['alert.resolved', { message: 'all is well' }, 'Resolved: all is well'],
    ['webhook.test', { message: 'a test by ada' }, 'webhook.test: a test by ada'],
  ])('%s: %j', (type, data, words) => {
    expect(wordsOf(told(type, data))).toBe(words)
  })

  it('is one line, of a length that people read', () => {
    expect(wordsOf(told('run.failed', { ...run, error: 'a\r\n\tb\u0000\u001b[31m  c' }))).toMatch(
      /: a b \[31m c$/,
    )
    const words = wordsOf(told('run.failed', { ...run, error: '😀'.repeat(500) }))
    expect([words.length <= 300, words.isWellFormed(), words.endsWith('…')]).toEqual([true, true, true])
  })

  it.each<[type: string, data: Record<string, unknown>, text: string]>([
    [
      'alert.opened',
      { message: '<@U1> <!here> & <https://evil.example|a>' },
      'Alert: `&lt;@U1&gt; &lt;!here&gt; &amp; &lt;https://evil.example|a&gt;`',
    ],
    // As code nothing is a link, and nobody is called: not by Slack, Mattermost or Discord.
    [
      'run.failed',
      { ...run, kind: 'a:https://evil.example/@all', error: '@channel see https://evil.example' },
      `Run ${run.runId} of \`a:https://evil.example/@all\` failed: \`@channel see https://evil.example\``,
    ],
    [
      'cron.failed',
      { name: 'a @here', error: '` @everyone `' },
      "Cron job `a @here` failed: `' @everyone '`",
    ],
    ['cron.failed', { name: 'a', error: 'b\n\n> c' }, 'Cron job `a` failed: `b &gt; c`'],
  ])('calls nobody and leads nowhere in Slack: %s %j', (type, data, text) => {
    expect(toSlack(told(type, data))).toEqual({ text })
  })

  it('is the subject of a mail, with all that is known below', () => {
    const data = { message: 'all is lost', key: 'k', failures: 3, at: null, of: { name: 'a' } }
    expect(toMail(told('alert.opened', data), 'alert_7_opened')).toEqual({
      subject: '[Runledger] Alert: all is lost',
      text: 'Alert: all is lost\n\nkey: k\nfailures: 3\nat: null\nof: {"name":"a"}\n',
      id: 'alert_7_opened',
    })
    expect(toMail(told('alert.resolved', data), 'alert_7_resolved').inReplyTo).toBe('alert_7_opened')
  })
})
