import { describe, expect, it } from 'vitest'
import type { CronJob } from '../../lib/run/cron-job.ts'
import { jobOf } from '../../lib/run/script.ts'

const job = (fields: Partial<CronJob>) =>
  ({ name: 'a job', projectId: null, nextRunAt: null, ...fields }) as CronJob
const enqueue = (kind: string) => ({ type: 'enqueue', kind }) as CronJob['action']
const builtin = (name: string) => ({ type: 'builtin', name }) as const
const http = { type: 'http', url: 'https://example.com', headers: {}, body: null } as const

describe('the job that runs a script', () => {
  const script = { name: 'synchroFacture', projectId: 'acme' }

  it('is known by what it does, in the script’s own project', () => {
    const mine = job({ action: enqueue('synchroFacture'), projectId: 'acme' })
    const others = [
      job({ action: enqueue('synchroFacture') }),
      job({ action: enqueue('synchroFacture'), projectId: 'globex' }),
      job({ action: enqueue('another'), projectId: 'acme' }),
      job({ action: builtin('synchroFacture') }),
    ]
    expect(jobOf([...others, mine], script)).toBe(mine)
    expect(jobOf(others, script)).toBeNull()
  })

  it('is known by its name where it calls somebody else', () => {
    const mine = job({ name: 'synchroFacture', action: http, projectId: 'acme' })
    expect(jobOf([mine], script)).toBe(mine)
    expect(jobOf([job({ action: http, projectId: 'acme' })], script)).toBeNull()
  })

  it('of the program’s own is of no project', () => {
    const mine = job({ action: builtin('cleanupStaleScripts') })
    expect(jobOf([mine], { name: 'cleanupStaleScripts', projectId: null })).toBe(mine)
    expect(jobOf([mine], { name: 'cleanupStaleScripts', projectId: 'acme' })).toBeNull()
  })

  it('of several is the one that runs next', () => {
    const action = enqueue('synchroFacture')
    const [off, later, next] = [null, '2026-11-23T00:00:00.000Z', '2026-11-22T00:00:00.000Z'].map(
      (nextRunAt) => job({ action, projectId: 'acme', nextRunAt }),
    )
    expect(jobOf([off, later, next] as CronJob[], script)).toBe(next)
  })
})
