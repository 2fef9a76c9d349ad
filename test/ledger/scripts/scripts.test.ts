import { describe, expect, it } from 'vitest'
import { getScript, listScripts, putScript } from '../../../lib/ledger/scripts/scripts.ts'
import { Script } from '../../../lib/run/script.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal } from '../steps.ts'

describe('scripts', () => {
  const at = useLedger(POSTGRES)

  it('are registered by their first run, each in its project', async () => {
    const name = unique('script')
    const [mine, theirs] = [at().tenant(), at().tenant()]
    const { scriptId } = await enqueued(mine.person, { kind: name })
    await enqueued(theirs.person, { kind: name })
    const script = await getScript(mine.person, { name })
    expect(Script.parse(script)).toEqual(script)
    expect(script).toMatchObject({
      id: scriptId,
      projectId: mine.projectId,
      name,
      label: null,
      options: {},
      staleAfterSeconds: null,
    })
    expect((await getScript(theirs.person, { name })).id).not.toBe(scriptId)
    expect(await refusal(getScript(at().as(), { name }))).toMatchObject({ code: 'not_found' })
    expect(await getScript(at().as(), { name, projectId: mine.projectId })).toEqual(script)
  })

  it('keep what is set, and what is left out', async () => {
    const name = unique('script')
    const ctx = at().as('admin')
    const first = await putScript(ctx, { name, label: 'Invoices', options: { pages: [1, 2] } })
    expect(first).toMatchObject({
      projectId: null,
      label: 'Invoices',
      options: { pages: [1, 2] },
      staleAfterSeconds: null,
    })
    const second = await putScript(ctx, { name, projectId: '-', staleAfterSeconds: 3_600 })
    expect(second).toEqual({ ...first, staleAfterSeconds: 3_600 })
    const third = await putScript(ctx, { name, label: null, options: {}, staleAfterSeconds: null })
    expect(third).toEqual({ ...first, label: null, options: {} })
    expect(await getScript(at().as('runs:read'), { name })).toEqual(third)
    expect(await putScript(ctx, { name })).toEqual(third)
  })

  it('that are set up before they run are the ones that run', async () => {
    const { person, projectId } = at().tenant()
    const name = unique('script')
    const { id } = await putScript(at().as(), { name, projectId, label: 'Soon' })
    expect((await enqueued(person, { kind: name })).scriptId).toBe(id)
  })

  it.each([
    { staleAfterSeconds: 59 },
    { staleAfterSeconds: 90.5 },
    { staleAfterSeconds: 31_536_001 },
    { label: '' },
    { label: 'two\nlines' },
    { options: [1] },
    { options: 'text' },
    { options: null },
    { options: { token: `ghp_${'0aB1cD2eF3'.repeat(4).slice(0, 36)}` } },
    { schedule: '* * * * *' },
  ])('refuse %j, and change nothing', async (wrong) => {
    const name = unique('script')
    const input = { name, ...wrong } as unknown as Parameters<typeof putScript>[1]
    expect(await refusal(putScript(at().as(), input))).toMatchObject({ code: 'invalid' })
    expect(await refusal(getScript(at().as(), { name }))).toMatchObject({ code: 'not_found' })
  })

  it('are listed by project and name, each page after the other, for those who may see them', async () => {
    const { person, projectId } = at().tenant()
    const names = ['b', 'a', 'c/d', 'B', 'e'].map((name) => `${name}-${unique('x')}`)
    for (const kind of names) await enqueued(person, { kind })
    await enqueued(at().tenant().person, { kind: unique('other') })
    const seen: Script[] = []
    for (let cursor: number | null | undefined; cursor !== null; ) {
      const page = await listScripts(person, { limit: 2, ...(cursor ? { cursor } : {}) })
      seen.push(...page.data)
      cursor = page.nextCursor
    }
    expect(seen.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    expect((await listScripts(at().as(), { projectId, limit: 100 })).data).toEqual(seen)
    expect((await listScripts(at().as(), { limit: 100 })).data.length).toBeGreaterThan(names.length)
    expect(await refusal(listScripts(person, { projectId: '-' }))).toMatchObject({ code: 'forbidden' })
  })
})

describe('on SQLite', () => {
  const at = useLedger(SQLITE)

  it('there is nothing to set for scripts: they need a server', async () => {
    expect(await refusal(listScripts(at().as()))).toMatchObject({ code: 'unavailable' })
  })
})
