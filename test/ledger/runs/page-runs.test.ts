import { describe, expect, it } from 'vitest'
import { pageRuns } from '../../../lib/ledger/runs/page-runs.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

describe.each(ENGINES)('a page of runs by its number, on $name', (engine) => {
  const at = useLedger(engine)

  it('is as long as was asked for, and says whether more follow and how many there are', async () => {
    const { person, projectId } = at().tenant()
    await at().ports.runs.insert(newRuns(7, { projectId, input: { text: 'x'.repeat(200_000) } }))
    const first = await pageRuns(person, { limit: 5, counted: true })
    expect(first).toMatchObject({ more: true, total: 7 })
    expect(first.data.map(({ input }) => input)).toEqual([null, null, null, null, null])
    const second = await pageRuns(person, { limit: 5, offset: 5 })
    expect(second).toMatchObject({ more: false, total: null })
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(7)
  })

  it('goes by the number of a script, and by states', async () => {
    const { person, projectId } = at().tenant()
    const [one, other] = await at().ports.runs.insert([
      newRun({ projectId, kind: unique('one') }),
      newRun({ projectId, kind: unique('other') }),
    ])
    const ids = async (input: object) => (await pageRuns(person, input)).data.map(({ id }) => id)
    expect(await ids({ scriptId: one?.run.scriptId ?? 0 })).toEqual([one?.run.id])
    expect(await ids({ scriptId: other?.run.scriptId ?? 0, state: ['queued'] })).toEqual([other?.run.id])
    expect(await ids({ scriptId: other?.run.scriptId ?? 0, state: ['failed', 'canceled'] })).toEqual([])
  })

  it('keeps the end and the beginning of a long error', async () => {
    const { person, projectId } = at().tenant()
    const run = newRun({ projectId })
    await at().ports.runs.insert([run])
    await at().store.raw(`UPDATE runs SET error = 'begin ${'x'.repeat(10_000)} end' WHERE id = '${run.id}'`)
    const [shown] = (await pageRuns(person)).data
    expect(shown?.error).toMatch(/^begin x+\n… \d+ bytes left out …\nx+ end$/)
    expect(shown?.error?.length).toBeLessThanOrEqual(2_048)
  })

  it('shows of what is put away what one has created oneself; admins see all', async () => {
    const { person, projectId } = at().tenant()
    const [mine, theirs] = newRuns(2, (n) => ({ projectId, createdBy: n === 0 ? 'person' : 'they' }))
    await at().ports.runs.insert([mine, theirs].flatMap((run) => run ?? []))
    await at().store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE "projectId" = '${projectId}'`)
    const archived = { projectId, storageState: ['archived' as const], counted: true }
    expect(await pageRuns(person, archived)).toMatchObject({ data: [{ id: mine?.id }], total: 1 })
    expect(await pageRuns(at().as(), archived)).toMatchObject({ total: 2 })
  })

  it('is reached up to the first 10,000', async () => {
    const { person } = at().tenant()
    expect((await pageRuns(person, { offset: 10_000 })).data).toEqual([])
    const error = await refusal(pageRuns(person, { offset: 10_001 }))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path: 'offset' }] })
    expect(error.message).toContain('narrower range of dates')
  })
})
