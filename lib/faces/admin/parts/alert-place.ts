import type { Alert } from '../../../run/alert.ts'
import { paths } from '../paths.ts'

/** Where somebody sees to what is wrong, and what that is called. */
export interface AlertPlace {
  href: string
  name: string
}

/** Where an alert is seen to; the page of alerts itself says more of those that nothing else shows. */
export function placeOf({ type, data }: Pick<Alert, 'type' | 'data'>): AlertPlace {
  const { cronJobId, sweepId, runId } = data
  if (type.startsWith('sweep.'))
    return typeof sweepId === 'string'
      ? { href: paths.sweep(sweepId), name: 'The sweep' }
      : { href: paths.sweeps(), name: 'Sweeps' }
  if (type.startsWith('cron.'))
    return typeof cronJobId === 'string'
      ? { href: paths.cronJob(cronJobId), name: 'The job' }
      : { href: paths.cron(), name: 'Cron' }
  if (type === 'archive.damaged' && typeof runId === 'string')
    return { href: paths.run(runId), name: 'The run' }
  if (type.startsWith('storage.') || type.startsWith('archive.'))
    return { href: paths.storage, name: 'Storage' }
  if (type.startsWith('audit.')) return { href: paths.audit(), name: 'Audit' }
  if (type === 'webhook.disabled') return { href: `${paths.alerts({ type })}#webhooks`, name: 'Webhooks' }
  if (type === 'channel.failing') return { href: `${paths.alerts({ type })}#who-is-told`, name: 'Channels' }
  return { href: paths.alerts({ type }), name: 'Alerts' }
}

/** Whether something is broken, and does not only wait for somebody. */
export const isBad = (type: string): boolean => /failing|damaged|overdue|missing|broken/.test(type)
