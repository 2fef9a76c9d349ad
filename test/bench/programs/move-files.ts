import { readFile, writeFile } from 'node:fs/promises'
import { argv } from 'node:process'
import type { StorageState } from '../../../lib/run/run.ts'
import { collectBuffersSoon } from '../../../lib/runtime/collect-buffers.ts'
import { inLittleMemory } from '../../../lib/runtime/in-little-memory.ts'

/** What is to be done, in how much time at most (null: as long as it takes). */
export interface Moving {
  what: 'archive' | 'restore'
  url: string
  folder: string
  id: string
  passMs: number | null
}

export interface Moved {
  ms: number
  storageState: StorageState
}

/**
 * Archives or restores a run as a server does, once: `move-files.ts <moving> <moved>`. The time is the verb's alone, not that of the
 * process around it.
 */
const [asked = '', answer = ''] = argv.slice(2)
const { what, url, folder, id, passMs }: Moving = JSON.parse(await readFile(asked, 'utf8'))
const [{ openLedger }, { archiveRun }, { restoreRun }] = await inLittleMemory(() =>
  Promise.all([
    import('../peers/runledger.ts'),
    import('../../../lib/ledger/archives/archive-run.ts'),
    import('../../../lib/ledger/archives/restore-run.ts'),
  ]),
)
collectBuffersSoon()
const { ctx, close } = await openLedger(url, folder)
// Whether the store is to be trusted is known, as in a server that has been there for a while.
await ctx.storeFaults()
const began = performance.now()
const verb = what === 'archive' ? archiveRun : restoreRun
const { storageState } = await verb(ctx, { id }, passMs === null ? {} : { budgetMs: passMs })
const moved: Moved = { ms: performance.now() - began, storageState }
await writeFile(answer, JSON.stringify(moved))
await close()
