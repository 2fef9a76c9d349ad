import { describe, expect, it } from 'vitest'
import { cronConfigRoutes } from '../../../lib/faces/cron-config/index.ts'
import type { Config } from '../../../lib/faces/cron-config/shapes.ts'
import { unique } from '../../support/make.ts'
import type { Sent } from '../../support/open-app.ts'
import { granted, refused } from '../script/steps.ts'
import { useApp } from '../v1/steps.ts'

const at = useApp()

const ask = <T>(method: string, path: string, sent: Sent = {}) =>
  granted<T>(at(), method, `/cron-config${path}`, sent)
const refuse = (method: string, path: string, sent: Sent = {}) =>
  refused(at(), method, `/cron-config${path}`, sent)
const create = (body: object) => ask<Config>('POST', '', { body })
const of = (name: string) => ask<Config>('GET', `/${encodeURIComponent(name)}`)

interface Seeded {
  created: string[]
  updated: string[]
  skipped: string[]
}
const seed = () => ask<Seeded>('POST', '/seed')
const DAILY = 'daily-cleanup-2am'

describe('PUT /cron-config/:name with the row as it was given out', () => {
  const MADE = {
    enqueue: { type: 'enqueue', kind: 'script.pull', input: { a: 1 }, labels: { team: 'data' }, priority: 3 },
    http: { type: 'http', url: 'https://example.com/hook', headers: { 'x-a': 'b' }, body: { c: 2 } },
  }

  it.each(Object.entries(MADE))(
    'changes what was changed, and leaves an action that is %s',
    async (_, action) => {
      const name = unique('job')
      const read = async () =>
        (await at().request<{ action: object }>('GET', `/v1/cron-jobs/${name}`)).json.action
      await at().request('POST', '/v1/cron-jobs', { body: { name, schedule: '0 2 * * *', action } })
      const before = await read()
      expect(before).toMatchObject(action)
      const changed = await ask<Config>('PUT', `/${name}`, {
        body: { ...(await of(name)), description: 'ours' },
      })
      expect(changed.description).toBe('ours')
      expect(await read()).toEqual(before)
    },
  )
})

describe('a name that is a path of /cron-config itself', () => {
  const own = cronConfigRoutes.flatMap(({ path }) => /^\/cron-config\/([a-z-]+)$/.exec(path)?.[1] ?? [])

  it.each(own)('%s is refused, here and under /v1', async (name) => {
    const job = { name, schedule: '0 2 * * *' }
    expect((await refuse('POST', '', { body: job })).status).toBe(400)
    const action = { type: 'enqueue', kind: 'k' }
    const { status } = await at().request('POST', '/v1/cron-jobs', { body: { ...job, action } })
    expect(status).toBe(422)
  })
})

describe('POST /cron-config/seed', () => {
  it('makes the program’s own jobs once, and the cleanup is as the document prints it', async () => {
    const first = await seed()
    expect(first.created).toContain(DAILY)
    const printed = {
      name: 'daily-cleanup-2am',
      schedule: '0 2 * * *',
      enabled: true,
      description: 'Daily cleanup of stale in-progress scripts at 2 AM UTC',
    }
    const config = await of(DAILY)
    expect(config).toMatchObject({ ...printed, timezone: 'UTC', scripts: [{ name: 'cleanupStaleScripts' }] })
    expect(config.nextRun).toMatch(/T02:00:00\.000Z$/)
    const second = await seed()
    expect(second).toMatchObject({ created: [], updated: [] })
    expect(second.skipped.toSorted()).toEqual(first.created.toSorted())
    expect(await of(DAILY)).toEqual(config)
  })

  it('keeps what a person has changed', async () => {
    await seed()
    await ask('PUT', `/${DAILY}`, { body: { schedule: '30 4 * * *' } })
    await ask('PUT', `/${DAILY}/enabled`, { body: { enabled: false } })
    expect(await seed()).toMatchObject({ created: [] })
    expect(await of(DAILY)).toMatchObject({ schedule: '30 4 * * *', enabled: false, nextRun: null })
    await ask('PUT', `/${DAILY}`, { body: { schedule: '0 2 * * *', enabled: true } })
  })
})

describe('POST /cron-config/reload', () => {
  it('names the jobs that will run, and not those that are disabled', async () => {
    await seed()
    const [name, off] = [unique('on'), unique('off')]
    await create({ name, schedule: '0 4 * * *' })
    await create({ name: off, schedule: '0 4 * * *', enabled: false })
    const { activeJobs } = await ask<{ activeJobs: { name: string }[] }>('POST', '/reload')
    const names = activeJobs.map((job) => job.name)
    expect(names).toEqual(expect.arrayContaining([DAILY, name]))
    expect(names).not.toContain(off)
  })
})

describe('a configuration', () => {
  it('is made, read, changed, stopped and removed by its name', async () => {
    const name = unique('nightly')
    const made = await create({
      name,
      schedule: '15 3 * * 1-5',
      description: 'Each weekday',
      timezone: 'Europe/Berlin',
      timeout: 60_000,
      maxRetries: 2,
      scripts: [{ name: 'synchroFacture', modulePath: '../cron/synchroFacture' }],
      category: 'sync',
    })
    expect(made).toMatchObject({
      name,
      schedule: '15 3 * * 1-5',
      enabled: true,
      description: 'Each weekday',
      timezone: 'Europe/Berlin',
      timeout: 60_000,
      maxRetries: 2,
      scripts: [{ name: 'synchroFacture' }],
      runCount: 0,
      lastRun: null,
    })
    expect(await of(name)).toEqual(made)
    const changed = await ask<Config>('PUT', `/${name}`, {
      body: { name: 'no', schedule: '0 5 * * *', scripts: [{ name: 'other' }] },
    })
    expect(changed).toMatchObject({
      name,
      schedule: '0 5 * * *',
      scripts: [{ name: 'other' }],
      timezone: 'Europe/Berlin',
    })
    const stopped = await ask<Config>('PUT', `/${name}/enabled`, { body: { enabled: false } })
    expect(stopped).toMatchObject({ enabled: false, nextRun: null })
    expect(await ask('DELETE', `/${name}`)).toBe(true)
    expect(await refuse('GET', `/${name}`)).toMatchObject({ status: 404 })
    expect(await refuse('DELETE', `/${name}`)).toMatchObject({ status: 404 })
  })

  it('without a script runs the one of its own name', async () => {
    const name = unique('synchroCopro')
    expect(await create({ name, schedule: '0 4 * * *' })).toMatchObject({ scripts: [{ name }] })
  })

  it('of a script of the program’s own runs that', async () => {
    const name = unique('my-cleanup')
    await create({ name, schedule: '0 4 * * *', scripts: [{ name: 'cleanupStaleScripts' }] })
    const { json } = await at().request<{ action: object }>('GET', `/v1/cron-jobs/${name}`)
    expect(json.action).toEqual({ type: 'builtin', name: 'cleanupStaleScripts' })
  })

  it('may have a name of several words', async () => {
    const name = `Nightly (${unique('x')})`
    await create({ name, schedule: '0 4 * * *', scripts: [{ name: 'a' }] })
    expect(await of(name)).toMatchObject({ name })
  })

  it('is listed with the others, by whether it is enabled', async () => {
    const [on, off] = [unique('a-on'), unique('a-off')]
    await create({ name: on, schedule: '0 4 * * *' })
    await create({ name: off, schedule: '0 4 * * *', enabled: false })
    const names = async (path: string) => (await ask<Config[]>('GET', path)).map(({ name }) => name)
    expect(await names('')).toEqual(expect.arrayContaining([on, off]))
    for (const path of ['/enabled', '?enabled=true']) {
      expect(await names(path)).toContain(on)
      expect(await names(path)).not.toContain(off)
    }
    expect(await names('?enabled=false')).toContain(off)
    const stats = await ask<Record<string, number>>('GET', '/stats')
    const all = await ask<Config[]>('GET', '')
    expect(stats).toMatchObject({
      total: all.length,
      enabled: all.filter(({ enabled }) => enabled).length,
      disabled: all.filter(({ enabled }) => !enabled).length,
      totalRuns: 0,
      errorRate: '0%',
    })
  })

  it('that cannot be is refused with the reason, and nothing is saved', async () => {
    const name = unique('bad')
    const wrong: [object, RegExp][] = [
      [{ name }, /schedule/],
      [{ schedule: '0 4 * * *' }, /name/],
      [{ name, schedule: '61 * * * *' }, /schedule/i],
      [{ name, schedule: 'every day' }, /schedule/i],
      [{ name, schedule: '0 0 31 2 *' }, /schedule|31/i],
      [{ name, schedule: '0 4 * * *', timezone: 'Mars/Olympus' }, /Mars\/Olympus|zone/i],
      [{ name, schedule: '0 4 * * *', enabled: 'yes' }, /enabled/],
      [{ name, schedule: '0 4 * * *', scripts: [] }, /script/],
      [{ name, schedule: '0 4 * * *', scripts: [{ name: 'a' }, { name: 'b' }] }, /one script/],
      [{ name, schedule: '0 4 * * *', timeout: -1 }, /timeout/],
    ]
    for (const [body, reason] of wrong) {
      const { status, error } = await refuse('POST', '', { body })
      expect({ status, error }, JSON.stringify(body)).toEqual({
        status: 400,
        error: expect.stringMatching(reason),
      })
    }
    expect(await refuse('GET', `/${name}`)).toMatchObject({ status: 404 })
    await create({ name, schedule: '0 4 * * *' })
    expect(await refuse('POST', '', { body: { name, schedule: '0 5 * * *' } })).toMatchObject({ status: 409 })
    expect(await refuse('PUT', `/${name}`, { body: { schedule: '0 0 31 2 *' } })).toMatchObject({
      status: 400,
    })
    expect(await refuse('PUT', `/${name}/enabled`, { body: { enabled: 'no' } })).toMatchObject({
      status: 400,
    })
    expect(await of(name)).toMatchObject({ schedule: '0 4 * * *', enabled: true })
  })

  it('of the program’s own is not removed: the next seed would bring it back', async () => {
    await seed()
    expect(await refuse('DELETE', `/${DAILY}`)).toMatchObject({ status: 409 })
  })
})

describe('POST /cron-config/validate-expression', () => {
  const validate = (body: object) =>
    ask<{ valid: boolean; message: string; nextRuns: string[] }>('POST', '/validate-expression', { body })

  it('says what an expression means, and when it is due', async () => {
    const { valid, message, nextRuns } = await validate({ expression: '0 2 * * *' })
    expect({ valid, message }).toEqual({ valid: true, message: expect.stringContaining('02:00') })
    expect(nextRuns).toHaveLength(5)
  })

  it.each(['61 * * * *', 'every day', '0 0 31 2 *', ''])(
    'says what is wrong with “%s”',
    async (expression) => {
      const { valid, message, nextRuns } = await validate({ expression })
      expect({ valid, nextRuns }).toEqual({ valid: false, nextRuns: [] })
      expect(message).not.toBe('')
    },
  )

  it('asks for an expression', async () => {
    expect(await refuse('POST', '/validate-expression', { body: {} })).toMatchObject({ status: 400 })
  })
})

describe('every answer', () => {
  it('says when it was given; what goes wrong is said in the face’s own words', async () => {
    const { json } = await at().request<{ timestamp: string }>('GET', '/cron-config')
    expect(Math.abs(Date.now() - Date.parse(json.timestamp))).toBeLessThan(600_000)
    expect(await refuse('GET', '/a/b/c')).toMatchObject({ status: 404 })
    const { status, headers } = await at().request('POST', '/cron-config/stats')
    expect([status, headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE'])
  })
})
