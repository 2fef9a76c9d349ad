import { expect } from 'vitest'
import { checkArchive } from '../../../lib/archive/check-archive.ts'
import { codec } from '../../../lib/archive/codec.ts'
import type { AuditRow } from '../../../lib/run/audit.ts'
import { must } from '../../contracts/harness.ts'
import { archivesOf, originalsOf, type TestArchives } from '../archives/steps.ts'
import { auditOf } from '../deletion/steps.ts'
import type { Inhabitant } from './population.ts'

const CODECS = { gz: codec('gzip'), bz2: codec('bz2'), xz: codec('xz') }

/**
 * Looks at every run while nobody works: each of its files is an original or in an archive that is whole, unless somebody has deleted
 * it, who may, and the audit says so.
 */
export async function expectAllThere(at: TestArchives, everybody: Inhabitant[]): Promise<void> {
  for (const one of everybody) {
    const told = await goingOf(at, one)
    if (told === null)
      expect({ id: one.id, missing: await missingOf(at, one) }).toEqual({ id: one.id, missing: [] })
    else expect({ ...told, fate: one.fate }).toEqual({ ...told, fate: 'any' })
  }
  const twice = await at.ledger.store.raw(
    `SELECT "runId" FROM archives WHERE status IN ('archived', 'removing', 'kept') GROUP BY 1 HAVING count(*) > 1`,
  )
  expect(twice).toEqual([])
}

/** What the audit says of a run that is going for good, or has gone; null: it has not, and all of it must be there. */
async function goingOf(at: TestArchives, { id }: Inhabitant): Promise<{ id: string; said: string } | null> {
  const [run = null] = await at.ledger.store.runs.get([id])
  const isGoing = run === null || run.storageState === 'deleting'
  const isPurged = run?.storageState === 'deleted' && run.purgeAfter === null
  if (!isGoing && !isPurged) return null
  const said = (await auditOf(at.ledger, id)).map(words).at(-1) ?? 'nothing'
  const may = run === null ? GONE : isGoing ? GOING : PURGED
  expect({ id, state: run?.storageState ?? 'gone', said }).toMatchObject({ said: expect.stringMatching(may) })
  return { id, said }
}

/** Of one that was purged before nothing is left to be waited for. */
const GONE = /^run\.deleted( confirmed)?$/
const GOING = /^run\.(deleted|purged) pending$/
const PURGED = /^run\.purged confirmed$/

const words = ({ action, phase }: AuditRow) => (phase === null ? action : `${action} ${phase}`)

/** The keys of files that are nowhere. */
export async function missingOf(at: TestArchives, { id, files }: Inhabitant): Promise<string[]> {
  const there = await originalsOf(at, id)
  const missing = new Map([...files].filter(([key, hash]) => there.get(key) !== hash))
  for (const key of missing.size === 0 ? [] : await archivesOf(at, id))
    for (const [original, hash] of await wholeArchive(at, key))
      if (missing.get(original) === hash) missing.delete(original)
  return [...missing.keys()]
}

/** The hashes of what is in an archive by the keys they had, read from its first to its last byte; of one that is not whole, none. */
async function wholeArchive({ objects }: TestArchives, key: string): Promise<Map<string, string>> {
  const { body } = must(await objects.get(key))
  const by = must(Object.entries(CODECS).find(([ending]) => key.endsWith(`.${ending}`)))[1]
  const found = await checkArchive(body, { codec: by }).catch(() => null)
  return new Map(found?.manifest.entries.map((entry) => [entry.key, entry.sha256]))
}
