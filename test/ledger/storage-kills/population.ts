import { expect } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { holdRun, releaseRun } from '../../../lib/ledger/retention/hold-run.ts'
import { type Made, noise, type TestArchives } from '../archives/steps.ts'
import { graceIsOver } from '../deletion/steps.ts'
import type { Chance } from './chance.ts'
import type { Ids } from './life.ts'

const MIB = 1024 * 1024
/** So many of each there are at the beginning of a round. */
const MANY = { any: 7, kept: 3, held: 2 }

export type Fate = keyof typeof MANY
export interface Inhabitant extends Made {
  fate: Fate
  isLarge: boolean
}

/** Runs with logs and outputs, of which some are large, by what may become of them. Those that are gone are remembered. */
export class Population {
  readonly everybody: Inhabitant[] = []
  readonly #at: TestArchives
  #made = 0

  constructor(at: TestArchives) {
    this.#at = at
  }

  /** Makes those that are missing by now. */
  async fill(): Promise<void> {
    const there = await this.living()
    for (const fate of ['any', 'kept', 'held'] as const)
      for (let n = there.filter((one) => one.fate === fate).length; n < MANY[fate]; n++)
        await this.#make(fate)
  }

  /** Those whose files are somewhere: not deleted for good, nor purged. */
  async living(): Promise<Inhabitant[]> {
    const rows = await this.#rows(`"storageState" <> 'deleted' OR "purgeAfter" IS NOT NULL`)
    const ids = new Set(rows)
    return this.everybody.filter(({ id }) => ids.has(id))
  }

  async ids(): Promise<Ids> {
    const living = await this.living()
    const idsOf = (some: Inhabitant[]) => some.map(({ id }) => id)
    const of = (fate: Fate) => idsOf(living.filter((one) => one.fate === fate))
    const large = idsOf(living.filter(({ isLarge }) => isLarge))
    return { any: of('any'), kept: of('kept'), held: of('held'), large }
  }

  /** Two months pass for some, and what a damaged answer has had held is looked at and released. */
  async passTime(chance: Chance): Promise<void> {
    const { store } = this.#at.ledger
    const { any } = await this.ids()
    const old = chance.pick(any)
    const earlier = (name: string) => `"${name}" = "${name}" - interval '60 days'`
    if (chance.happens(0.5))
      await store.raw(
        `UPDATE runs SET ${['finishedAt', 'archivedAt', 'restoredAt'].map(earlier).join(', ')} WHERE id = '${old}'`,
      )
    const deleted = await this.#rows(`"storageState" = 'deleted' AND "purgeAfter" > now()`)
    if (deleted.length > 0 && chance.happens(0.3)) await graceIsOver(this.#at.ledger, [chance.pick(deleted)])
    await this.release()
  }

  /** What was held since its archive could not be read rightly: it is read again, and must be right. */
  async release(): Promise<void> {
    const { admin } = this.#at
    const held = new Set(this.everybody.filter(({ fate }) => fate === 'held').map(({ id }) => id))
    for (const id of await this.#rows(`"holdUntil" IS NOT NULL`)) {
      if (held.has(id)) continue
      expect((await verifyArchive(admin, id))?.fault ?? null).toBeNull()
      await releaseRun(admin, { id })
    }
  }

  async #make(fate: Fate): Promise<void> {
    const n = this.#made++
    const small = { 'a.csv': `${n}`, 'b/c.txt': `${n}`.repeat(3_000) }
    // One of several parts by what the sweeps write, one of several by what is asked for alone.
    const large = { any: 9, kept: 6, held: 0 }[fate] * MIB
    const isLarge = large > 0 && !(await this.living()).some((one) => one.fate === fate)
    const files = isLarge ? { 'large.bin': noise(large, `${n}`), ...small } : small
    const made = await this.#at.ended(files, n % 3 === 2 ? 4_000 : 3)
    this.everybody.push({ ...made, fate, isLarge })
    if (fate !== 'held') return
    if (n % 2 === 0) await archiveRun(this.#at.admin, { id: made.id })
    await holdRun(this.#at.admin, { id: made.id, reason: 'the auditors' })
  }

  async #rows(where: string): Promise<string[]> {
    const rows = (await this.#at.ledger.store.raw(`SELECT id FROM runs WHERE ${where} ORDER BY id`)) as {
      id: string
    }[]
    return rows.map(({ id }) => id)
  }
}
