import { describe, expect, it } from 'vitest'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { resumeDeletions } from '../../../lib/ledger/deletion/resume-deletions.ts'
import { tick } from '../../../lib/ledger/tick.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { LedgerError } from '../../../lib/run/errors.ts'
import { must } from '../../contracts/harness.ts'
import { dyingAt } from '../archives/dying.ts'
import { PLACES, useArchives } from '../archives/steps.ts'
import { stored } from '../steps.ts'
import { auditOf, lapse, objectsOf, rowsOf, told } from './steps.ts'

const HARD = { reason: 'nobody needs it', mode: 'hard' } as const
const CRON = { cron: false }

describe('a deletion that was left half-done', () => {
  const at = useArchives(must(PLACES[0]))

  /** One whose process was killed before it had removed all. */
  const left = async () => {
    const { id } = await at().ended({ 'a.txt': 'a' })
    await deleteRun(dyingAt(at().admin, 9).ctx, { id, ...HARD }).catch(() => {})
    expect((await stored(at().ledger, id)).storageState).toBe('deleting')
    await lapse(at().ledger, id)
    return id
  }
  const removing = (deleteMany: Context['objects']['deleteMany']): Context => {
    const { admin } = at()
    return { ...admin, objects: { ...admin.objects, deleteMany } }
  }
  const locked = removing.bind(null, async (keys) => keys.map((key) => ({ key, error: 'locked' })))
  const away = removing.bind(null, async () => {
    throw new LedgerError('unavailable', 'the store is away')
  })

  it('is gone on with by the next tick', async () => {
    const { admin, ledger } = at()
    const id = await left()
    expect((await tick(admin, CRON)).storage).toMatchObject({ resumed: 1, failed: 0, more: false })
    expect(await rowsOf(ledger, id)).toEqual({})
    expect(await objectsOf(at(), id)).toEqual([])
    expect(told(await auditOf(ledger, id))).toEqual(['run.deleted pending', 'run.deleted confirmed'])
    expect((await tick(admin, CRON)).storage).toBeNull()
  })

  it('of which an object does not go is tried again later, and not at every tick', async () => {
    const { admin, ledger } = at()
    const id = await left()
    expect((await tick(locked(), CRON)).storage).toMatchObject({ resumed: 0, failed: 1 })
    expect((await tick(locked(), CRON)).storage).toBeNull()
    await lapse(ledger, id)
    expect((await tick(admin, CRON)).storage).toMatchObject({ resumed: 1, failed: 0 })
    expect(await rowsOf(ledger, id)).toEqual({})
  })

  it('waits where the store is away, of however many', async () => {
    const { admin, ledger } = at()
    const ids = [await left(), await left(), await left(), await left()]
    const stopped = await resumeDeletions(away(), { isOver: () => false })
    expect(stopped).toMatchObject({ resumed: 0, more: true })
    expect(stopped.errors.map(({ message }) => message)).toEqual(Array(3).fill('the store is away'))
    expect(await resumeDeletions(admin, { isOver: () => false })).toEqual({
      resumed: 4,
      errors: [],
      more: false,
    })
    for (const id of ids) expect(await rowsOf(ledger, id)).toEqual({})
  })

  it('is gone on with as far as the time goes, and no more of them than were asked for', async () => {
    const { admin } = at()
    for (let n = 0; n < 3; n++) await left()
    expect(await resumeDeletions(admin, { isOver: () => true })).toMatchObject({ resumed: 0, more: true })
    expect(await resumeDeletions(admin, { isOver: () => false, most: 2 })).toMatchObject({
      resumed: 2,
      more: true,
    })
    expect(await resumeDeletions(admin, { isOver: () => false, most: 2 })).toMatchObject({
      resumed: 1,
      more: false,
    })
  })
})
