import { html } from 'hono/html'
import type { CronAction } from '../../../run/cron-job.ts'
import type { Html } from '../page.ts'
import { paths } from '../paths.ts'

/** What a job does, in few words. */
export function actionWords(action: CronAction): string {
  switch (action.type) {
    case 'builtin':
      return `${action.name}, by the program itself`
    case 'enqueue':
      return `a run of ${action.kind}`
    case 'http':
      return `a call to ${hostOf(action.url)}`
  }
}

/** The same whole, as names and values. */
export function actionFacts(action: CronAction): [string, Html | string][] {
  switch (action.type) {
    case 'builtin':
      return [['Does', html`<code>${action.name}</code>, by the program itself`]]
    case 'enqueue':
      return [
        [
          'Enqueues a run of',
          html`<a href="${paths.runs({ kind: action.kind, range: 'all' })}"><code>${action.kind}</code></a>`,
        ],
        ['Input', html`<code>${JSON.stringify(action.input)}</code>`],
        ['Priority', `${action.priority} of 0 to 3`],
        ['Attempts at most', String(action.maxAttempts)],
        [
          'Ended after',
          action.timeoutSeconds === null ? 'no limit of its own' : `${action.timeoutSeconds} s`,
        ],
        ...(action.name === null ? [] : [['Name of the run', action.name] satisfies [string, string]]),
        ...pairs('Labels', action.labels),
      ]
    case 'http':
      return [
        ['Calls', html`<code>POST ${action.url}</code>`],
        [
          'Body',
          action.body === null
            ? 'the facts of the execution'
            : html`<code>${JSON.stringify(action.body)}</code>`,
        ],
        ...pairs('Headers', action.headers),
      ]
  }
}

function pairs(label: string, values: Record<string, string>): [string, Html][] {
  const all = Object.entries(values)
  if (all.length === 0) return []
  return [[label, html`${all.map(([name, value]) => html`<code>${name}: ${value}</code> `)}`]]
}

const hostOf = (url: string) => URL.parse(url)?.host ?? url
