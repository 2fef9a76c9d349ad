import type { RunEvent } from '../../run/event.ts'
import { holdEnd } from '../../run/hold.ts'
import { spokenBytes, spokenDuration } from './spoken-time.ts'

/** An event in a person's words: `started on worker-1, attempt 2`. */
export function eventWords({ type, data }: RunEvent): string {
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
      return `queued again${wait(data)}${because('error') || because('reason')}`
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
      return `held ${holdEnd(text('until'))}${because('reason')}`
    case 'run.retained':
      return `${text('until') === '' ? 'kept as the policies say' : `kept until ${text('until')}`}${because('reason')}`
    case 'run.released':
      return `released${because('reason')}`
    case 'run.archived':
      return `archived, ${spokenBytes(Number(data.originalBytes))} as ${spokenBytes(Number(data.bytes))}`
    case 'run.deleted':
      return `${DELETED[text('mode')] ?? 'deleted'}${because('reason')}`
    default:
      return type.slice('run.'.length)
  }
}

const DELETED: Record<string, string> = { soft: 'deleted softly', purge: 'purged' }

function wait({ delayMs }: RunEvent['data']): string {
  return typeof delayMs === 'number' && delayMs > 0 ? `, due in ${spokenDuration(delayMs)}` : ''
}
