import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { refusingToEnd } from '../../support/refusing-to-end.ts'
import { useApp } from '../v1/steps.ts'
import { beganDaysAgo, granted, type LogRowOf, logStart, logsOf, refused } from './steps.ts'

const at = useApp()

interface Cleaned {
  totalLogsUpdated: number
  scriptsAffected: number
  scriptNames: string[]
  thresholdDate: string
}
const cleanUp = () => granted<Cleaned>(at(), 'POST', '/script/cleanup-stale')

describe('POST /script/cleanup-stale', () => {
  it('marks what has been in progress for three days as failed, and tells of it as the document prints', async () => {
    const [facture, ticket] = [unique('synchroFacture'), unique('zendeskTicket')]
    const stale = [await logStart(at(), facture), await logStart(at(), facture), await logStart(at(), ticket)]
    for (const id of stale) await beganDaysAgo(at(), id, 4)
    const young = await logStart(at(), ticket)
    await beganDaysAgo(at(), young, 2)
    const cleaned = await cleanUp()
    expect(cleaned).toEqual({
      totalLogsUpdated: 3,
      scriptsAffected: 2,
      scriptNames: [facture, ticket],
      thresholdDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect(await logsOf(at(), ticket)).toMatchObject([
      { id: young, status: 2 },
      { id: stale[2], status: -1, message: 'Script marked as failed - exceeded 3 day timeout' },
    ])
    const [sweep] = await logsOf(at(), 'cleanupStaleScripts')
    expect(sweep).toMatchObject({ status: 0, message: '3 stale runs of 2 scripts ended' })
    const [newest] = await granted<LogRowOf[]>(at(), 'GET', '/script/logs?limit=1')
    expect(newest).toEqual(sweep)
    expect(await cleanUp()).toMatchObject({ totalLogsUpdated: 0, scriptsAffected: 0, scriptNames: [] })
    expect(await logsOf(at(), 'cleanupStaleScripts')).toHaveLength(2)
  })

  it('names what it could not mark, beside what it did', async () => {
    const scriptName = unique('script')
    const [bad, good] = [await logStart(at(), scriptName), await logStart(at(), scriptName)]
    for (const id of [bad, good]) await beganDaysAgo(at(), id, 4)
    const mend = await refusingToEnd(at().raw, bad)
    const { json } = await at().request<{ data: Cleaned; errors: object[] }>('POST', '/script/cleanup-stale')
    await mend()
    expect(json.data).toMatchObject({ totalLogsUpdated: 1, scriptNames: [scriptName] })
    expect(json.errors).toEqual([{ item: bad, message: expect.any(String) }])
    expect(await logsOf(at(), 'cleanupStaleScripts')).toContainEqual(
      expect.objectContaining({ status: -1, message: expect.stringContaining(bad) }),
    )
    expect(await cleanUp()).toMatchObject({ totalLogsUpdated: 1 })
  })

  it('leaves no way back: what was marked stays failed', async () => {
    const scriptName = unique('script')
    const logId = await logStart(at(), scriptName)
    await beganDaysAgo(at(), logId, 4)
    await cleanUp()
    const body = { scriptName, logId, status: 0 }
    expect(await refused(at(), 'POST', '/script/update-log-status', { body })).toMatchObject({ status: 409 })
  })

  it('goes by the days that are configured', async () => {
    const patient = await at().another({ env: { STALE_AFTER_DAYS: '5' } })
    const logId = await logStart(at(), unique('script'))
    await beganDaysAgo(at(), logId, 4)
    const cleaned = await granted<Cleaned>(patient, 'POST', '/script/cleanup-stale')
    expect(cleaned.totalLogsUpdated).toBe(0)
    await beganDaysAgo(at(), logId, 6)
    expect(await granted<Cleaned>(patient, 'POST', '/script/cleanup-stale')).toMatchObject({
      totalLogsUpdated: 1,
    })
    const { json } = await at().request('GET', `/v1/runs/${logId}`)
    expect(json.error).toBe('Script marked as failed - exceeded 5 day timeout')
  })
})
