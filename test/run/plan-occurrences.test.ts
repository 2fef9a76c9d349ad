import { describe, expect, it } from 'vitest'
import type { MissedPolicy } from '../../lib/run/cron-job.ts'
import { planOccurrences } from '../../lib/run/plan-occurrences.ts'

const START = Date.parse('2026-05-04T12:00:00.000Z')
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString()

/** Every five minutes, for ever. */
const everyFive = {
  next: (after: string) => at((Math.floor((Date.parse(after) - START) / 300_000) + 1) * 5),
  between(after: string, until: string, limit: number) {
    const found: string[] = []
    for (let time = everyFive.next(after); time <= until && found.length < limit; time = everyFive.next(time))
      found.push(time)
    return found
  },
}

const plan = (minutes: number, missedPolicy: MissedPolicy = 'once', more: { held?: string } = {}) =>
  planOccurrences(everyFive, {
    nextRunAt: at(0),
    missedPolicy,
    at: at(minutes),
    missedAfterMs: 600_000,
    ...more,
  })
const statuses = (...given: Parameters<typeof plan>) => plan(...given).occurrences.map(({ status }) => status)

describe('a plan', () => {
  it('is empty before the time has come', () => {
    expect(plan(-1)).toEqual({ occurrences: [], nextRunAt: at(0) })
  })

  it('at the time itself has the one, and the next time', () => {
    expect(plan(0)).toEqual({
      occurrences: [{ scheduledFor: at(0), status: 'queued', reason: null, lateMs: 0 }],
      nextRunAt: at(5),
    })
  })

  it('says how late it is, and why where it is late', () => {
    expect(plan(4).occurrences).toMatchObject([{ status: 'queued', reason: null, lateMs: 240_000 }])
    const daily = { next: () => at(1_440), between: () => [] }
    const given = { nextRunAt: at(0), missedPolicy: 'once', missedAfterMs: 600_000 } as const
    expect(planOccurrences(daily, { ...given, at: at(11) }).occurrences).toEqual([
      {
        scheduledFor: at(0),
        status: 'queued',
        reason: `late: nothing ticked between its time and ${at(11)}`,
        lateMs: 660_000,
      },
    ])
  })

  it('with once runs the last of those that were missed', () => {
    const { occurrences, nextRunAt } = plan(17)
    expect(occurrences.map(({ scheduledFor, status }) => [scheduledFor, status])).toEqual([
      [at(0), 'missed'],
      [at(5), 'missed'],
      [at(10), 'missed'],
      [at(15), 'queued'],
    ])
    expect(occurrences[0]?.reason).toBe(
      `nothing ticked between its time and ${at(17)}; a later one runs in its place`,
    )
    expect(nextRunAt).toBe(at(20))
  })

  it('with skip runs the last one where it is in time, and none where that is missed, too', () => {
    expect(statuses(17, 'skip')).toEqual(['missed', 'missed', 'missed', 'queued'])
    const daily = { next: () => at(1_440), between: () => [] }
    const given = { nextRunAt: at(0), missedPolicy: 'skip', missedAfterMs: 600_000 } as const
    expect(planOccurrences(daily, { ...given, at: at(10) }).occurrences).toMatchObject([{ status: 'queued' }])
    const [missed] = planOccurrences(daily, { ...given, at: at(11) }).occurrences
    expect(missed).toMatchObject({ status: 'missed', lateMs: 660_000 })
    expect(missed?.reason).toContain('the job skips what it misses')
  })

  it('with all runs the last ten', () => {
    expect(statuses(17, 'all')).toEqual(Array(4).fill('queued'))
    const many = statuses(70, 'all')
    expect(many).toEqual([...Array(5).fill('missed'), ...Array(10).fill('queued')])
    expect(plan(70, 'all').occurrences[0]?.reason).toContain('the last 10')
  })

  it('while the job is held skips all, with the reason', () => {
    expect(plan(7, 'all', { held: 'paused' }).occurrences).toEqual([
      { scheduledFor: at(0), status: 'skipped', reason: 'paused', lateMs: 420_000 },
      { scheduledFor: at(5), status: 'skipped', reason: 'paused', lateMs: 120_000 },
    ])
  })

  it.each(['once', 'skip', 'all'] as const)('with %s accounts for each of a large backlog once', (policy) => {
    const until = 5 * 2_500 + 3
    const seen: string[] = []
    const ran: string[] = []
    let nextRunAt: string | null = at(0)
    let plans = 0
    while (nextRunAt !== null && nextRunAt <= at(until)) {
      const made = planOccurrences(everyFive, {
        nextRunAt,
        missedPolicy: policy,
        at: at(until),
        missedAfterMs: 600_000,
      })
      seen.push(...made.occurrences.map(({ scheduledFor }) => scheduledFor))
      ran.push(
        ...made.occurrences.filter((one) => one.status === 'queued').map(({ scheduledFor }) => scheduledFor),
      )
      nextRunAt = made.nextRunAt
      plans++
    }
    expect(plans).toBe(3)
    expect(seen).toEqual(Array.from({ length: 2_501 }, (_, n) => at(n * 5)))
    expect(ran).toEqual(seen.slice(policy === 'all' ? -10 : -1))
    expect(nextRunAt).toBe(at(12_505))
  })
})
