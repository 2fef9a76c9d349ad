import type { RunEvent } from './event.ts'
import { UNTIL_RELEASED } from './hold.ts'

/** How amounts are told where the words are read. */
export interface Spoken {
  bytes: (bytes: number) => string
  duration: (ms: number) => string
  instant: (at: string) => string
}

/** An event in a person's words: `started on worker-1, attempt 2`. Of a reason or an error, its first line. */
export function eventWords({ type, data }: Pick<RunEvent, 'type' | 'data'>, spoken: Spoken): string {
  const text = (key: string) => (data[key] === null || data[key] === undefined ? '' : String(data[key]))
  const because = (key: string) => (text(key) === '' ? '' : `: ${text(key).trim().split('\n', 1)[0]}`)
  switch (type) {
    case 'run.enqueued':
      return 'queued'
    case 'run.started':
      return `started on ${text('workerId')}${Number(data.attempt) > 1 ? `, attempt ${text('attempt')}` : ''}`
    case 'run.progress':
      return `${text('progress')} %${text('message') === '' ? '' : `  ${text('message')}`}`
    case 'run.cancel_requested':
      return `asked to stop${because('reason')}`
    case 'run.retried':
      return `queued again${wait(data, spoken)}${because('error') || because('reason')}`
    case 'run.succeeded':
      return `succeeded${because('outputRef')}`
    case 'run.failed':
      return `failed${because('error')}`
    case 'run.canceled':
      return `canceled${because('reason')}`
    case 'run.lost':
      return `lost${because('error')}`
    case 'run.recovered':
      return 'its worker came back'
    case 'run.held':
      return `held ${text('until') === UNTIL_RELEASED ? 'until it is released' : `until ${spoken.instant(text('until'))}`}${because('reason')}`
    case 'run.retained':
      return `${text('until') === '' ? 'kept as the policies say' : `kept until ${spoken.instant(text('until'))}`}${because('reason')}`
    case 'run.released':
      return `released${because('reason')}`
    case 'run.archived':
      return `archived, ${spoken.bytes(Number(data.originalBytes))} as ${spoken.bytes(Number(data.bytes))}`
    case 'run.deleted':
      return `${DELETED[text('mode')] ?? 'deleted'}${because('reason')}`
    case 'run.restored':
      return 'restored'
  }
}

const DELETED: Record<string, string> = { soft: 'deleted softly', purge: 'purged' }

function wait({ delayMs }: RunEvent['data'], { duration }: Spoken): string {
  return typeof delayMs === 'number' && delayMs > 0 ? `, due in ${duration(delayMs)}` : ''
}
