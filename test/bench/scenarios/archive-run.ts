import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeHome } from '../../support/cli.ts'
import type { Bench } from '../bench.ts'
import { fillFolder, mixedFiles } from '../fill/fill-folder.ts'
import { FilledRun, type Took } from '../filled-run.ts'
import { interleave, median, pairedRatio } from '../measure.ts'
import type { Row, Table } from '../row.ts'
import { tarTimes } from '../tar-times.ts'

const TIMES_TAR = 1.3
const MB_AT_MOST = 200
const MOST_ROUNDS = 3

/** A run with mixed files in a real ledger: archived by the verb until its originals are gone, and restored, beside tar on the same files. */
export async function archivedRun({ databases, sizes, say }: Bench): Promise<Table[]> {
  const { archived, rounds } = sizes
  const home = await makeHome()
  const run = await FilledRun.open(home.path, await databases.create())
  try {
    say(`archive: a run with ${archived.files} files`)
    const folder = join(home.path, 'files')
    const { entries } = await fillFolder(folder, archived)
    await run.fill(filesOf(folder, entries))
    say('archive: archived and restored')
    const restored: Took[] = []
    const archives: Took[] = []
    const contestants = [
      { name: 'tar czf + tar tzf', sample: () => tarTimes(home.path, folder) },
      {
        name: 'runledger',
        async sample() {
          const took = await run.archive(null)
          archives.push(took)
          restored.push(await run.restore(null))
          return sum(took.ms)
        },
      },
    ]
    const samples = await interleave(contestants, Math.min(rounds, MOST_ROUNDS))
    const title = `A run with ${what(archived)}: archived, read back, its originals removed`
    return [
      table(title, [timeRow(samples)]),
      table('Restored, each byte as it was', [
        {
          what: 'restored',
          unit: 'MB/s',
          figures: {},
          verdicts: [
            {
              of: 'of the files',
              value: archived.bytes / 1e3 / median(restored.slice(1).map(({ ms }) => sum(ms))),
            },
          ],
        },
      ]),
      table('The most memory that took', [memoryRow('archive', archives), memoryRow('restore', restored)]),
    ]
  } finally {
    await run.close()
    await home.remove()
  }
}

/** A large one, over as many invocations as it takes. */
export async function archivedInParts({
  databases,
  sizes: { archivedInParts: size },
  say,
}: Bench): Promise<Table[]> {
  if (size === null) return []
  const home = await makeHome()
  const run = await FilledRun.open(home.path, await databases.create())
  try {
    say(`archive: a run with ${what(size)}`)
    await run.fill(mixedFiles(size))
    say('archive: archived in parts')
    const archived = await run.archive(size.passMs)
    say('archive: restored in parts')
    const restored = await run.restore(size.passMs)
    return [
      table(`A run with ${what(size)}, over invocations of ${size.passMs / 1_000} s`, [
        inPartsRow('archived', archived),
        inPartsRow('restored', restored),
      ]),
      table('The most memory one took', [memoryRow('archive', [archived]), memoryRow('restore', [restored])]),
    ]
  } finally {
    await run.close()
    await home.remove()
  }
}

async function* filesOf(folder: string, entries: { key: string }[]) {
  for (const { key } of entries) yield { path: key, body: await readFile(join(folder, key)) }
}

const what = ({ files, bytes }: { files: number; bytes: number }) =>
  `${files.toLocaleString('en')} mixed files, ${(bytes / 1e6).toLocaleString('en')} MB`

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

const table = (title: string, rows: Row[]): Table => ({ scenario: 'archive', title, rows })

function timeRow(samples: Map<string, number[]>): Row {
  const of = (name: string) => samples.get(name) ?? []
  const ratio = pairedRatio(of('runledger'), of('tar czf + tar tzf'))
  return {
    what: 'archived',
    unit: 'ms',
    figures: Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])),
    verdicts: [{ of: 'runledger ÷ tar', value: ratio, target: { at: 'most', value: TIMES_TAR } }],
  }
}

function inPartsRow(done: string, { ms }: Took): Row {
  return {
    what: `${done} in ${ms.length} invocations`,
    unit: 'ms',
    figures: {},
    verdicts: [
      { of: 'all together', value: sum(ms) },
      { of: 'the longest', value: Math.max(...ms) },
    ],
  }
}

function memoryRow(what: string, took: Took[]): Row {
  const value = Math.max(...took.map(({ peakBytes }) => peakBytes)) / 1e6
  return {
    what,
    unit: 'MB',
    figures: {},
    verdicts: [{ of: 'at most', value, target: { at: 'most', value: MB_AT_MOST } }],
  }
}
