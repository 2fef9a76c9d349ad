import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProcess } from '../../support/cli.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../../support/server.ts'

/** The host that source 001 prints in its commands. */
const PRINTED_HOST = 'https://coprox-dashboard-back.vercel.app'

describe('the commands of source 001, with the host changed and a key added', () => {
  let server: ServerProcess & { close(): Promise<void> }
  beforeAll(async () => {
    server = await startServerWithDatabase()
  }, 60_000)
  afterAll(() => server?.close())

  /** What a command as it is printed answers. */
  async function answerTo<T>(command: string): Promise<T> {
    const line = command.replace(PRINTED_HOST, server.url).replace('curl', 'curl -sS -H "$WITH_KEY"')
    const env = { WITH_KEY: `Authorization: Bearer ${ADMIN_KEY}` }
    const { code, stdout, stderr } = await startProcess('sh', ['-c', line], { env }).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout) as T
  }

  it('set the cleanup up: seed, reload, verify', async () => {
    const seeded = await answerTo<{ data: object }>(`curl -X POST ${PRINTED_HOST}/cron-config/seed`)
    expect(seeded).toMatchObject({ success: true, timestamp: expect.stringMatching(/Z$/) })
    const reloaded = await answerTo<{ data: object }>(`curl -X POST ${PRINTED_HOST}/cron-config/reload`)
    expect(reloaded).toMatchObject({
      success: true,
      data: { activeJobs: expect.arrayContaining([expect.objectContaining({ name: 'daily-cleanup-2am' })]) },
    })
    const verified = await answerTo<{ data: object }>(`curl ${PRINTED_HOST}/cron-config/daily-cleanup-2am`)
    expect(verified.data).toMatchObject({
      name: 'daily-cleanup-2am',
      schedule: '0 2 * * *',
      enabled: true,
      description: 'Daily cleanup of stale in-progress scripts at 2 AM UTC',
    })
    const again = await answerTo<{ data: object }>(`curl -X POST ${PRINTED_HOST}/cron-config/seed`)
    expect(again.data).toMatchObject({ created: [], updated: [] })
  })

  it('clean up by hand', async () => {
    expect(await answerTo(`curl -X POST ${PRINTED_HOST}/script/cleanup-stale`)).toEqual({
      success: true,
      data: {
        totalLogsUpdated: 0,
        scriptsAffected: 0,
        scriptNames: [],
        thresholdDate: expect.stringMatching(/Z$/),
      },
    })
  })

  it('show the history of the cleanup, and all scripts', async () => {
    const logs = await answerTo<{ data: object[] }>(`curl ${PRINTED_HOST}/script/logs`)
    expect(logs.data).toContainEqual(
      expect.objectContaining({ scriptName: 'cleanupStaleScripts', status: 0 }),
    )
    const scripts = await answerTo<{ data: object[] }>(`curl ${PRINTED_HOST}/script/dashboard-view`)
    expect(scripts.data).toContainEqual(
      expect.objectContaining({ scriptName: 'cleanupStaleScripts', schedule: '0 2 * * *', enabled: true }),
    )
  })
})
