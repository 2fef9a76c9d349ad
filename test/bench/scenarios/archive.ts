import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeHome } from '../../support/cli.ts'
import type { Bench, Scenario } from '../bench.ts'
import { fillFolder } from '../fill/fill-folder.ts'
import { interleave, median, pairedRatio } from '../measure.ts'
import type { Row, Table } from '../row.ts'
import { runToEnd, tarTimes } from '../tar-times.ts'
import { runWatched } from '../watched-process.ts'
import { archivedInParts, archivedRun } from './archive-run.ts'

const PROGRAM = join(import.meta.dirname, '../programs/pack-folder.ts')
const TIMES_TAR = 1.3
const MB_AT_MOST = 200
const MOST_ROUNDS = 3

/** What an archive costs: the format alone, then a run's from its first file to the last one that is removed. */
export const archive: Scenario = {
  name: 'archive',
  run: async (bench) => [
    ...(await packedFolder(bench)),
    ...(await archivedRun(bench)),
    ...(await archivedInParts(bench)),
  ],
}

/** An archive of a folder of mixed files, made and read back with each file's SHA-256 compared, against what tar makes and lists. */
async function packedFolder({ sizes: { archived, rounds }, say }: Bench): Promise<Table[]> {
  const home = await makeHome()
  try {
    say(`archive: a folder of ${archived.files} files`)
    const folder = new Folder(home.path)
    await folder.fill(archived)
    say('archive: made and read back')
    const samples = await interleave(
      [
        { name: 'tar czf + tar tzf', sample: () => folder.tar() },
        { name: 'runledger', sample: () => folder.archive() },
      ],
      Math.min(rounds, MOST_ROUNDS),
    )
    const title = `An archive of ${archived.files.toLocaleString('en')} mixed files, ${archived.bytes / 1e6} MB`
    return [
      { scenario: 'archive', title, rows: [timeRow(samples)] },
      { scenario: 'archive', title: 'What it comes to', rows: await folder.sizes() },
    ]
  } finally {
    await home.remove()
  }
}

class Folder {
  readonly #home: string
  #peakBytes = 0

  constructor(home: string) {
    this.#home = home
  }

  async fill(archived: { files: number; bytes: number }): Promise<void> {
    const manifest = await fillFolder(this.#at('files'), archived)
    await writeFile(this.#at('manifest.json'), JSON.stringify(manifest))
  }

  /** How many ms tar took. */
  tar(): Promise<number> {
    return tarTimes(this.#home, this.#at('files'))
  }

  /** How many ms our archive took; throws unless tar finds every file in it. */
  async archive(): Promise<number> {
    const files = ['files', 'manifest.json', 'ours.tar.gz', 'took'].map((name) => this.#at(name))
    const { peakBytes } = await runWatched([process.execPath, PROGRAM, ...files], {
      stdout: this.#at('said'),
      env: { HOME: this.#home },
    })
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes)
    await runToEnd('sh', [
      '-c',
      'gzip -t "$1" && tar tzf "$1" | wc -l > "$2"',
      'sh',
      this.#at('ours.tar.gz'),
      this.#at('listed'),
    ])
    const { entries } = JSON.parse(await readFile(this.#at('manifest.json'), 'utf8'))
    const listed = Number(await readFile(this.#at('listed'), 'utf8'))
    if (listed !== entries.length + 1)
      throw new Error(`tar finds ${listed} files, and not ${entries.length + 1}`)
    const { packMs, checkMs } = JSON.parse(await readFile(this.#at('took'), 'utf8'))
    return packMs + checkMs
  }

  async sizes(): Promise<Row[]> {
    const mb = async (name: string) => (await stat(this.#at(name))).size / 1e6
    const [ours, tars] = [await mb('ours.tar.gz'), await mb('tar.tar.gz')]
    return [
      {
        what: 'the file',
        unit: 'MB',
        figures: { tar: tars, runledger: ours },
        verdicts: [{ of: '÷ tar', value: ours / tars }],
      },
      {
        what: 'the most memory it took',
        unit: 'MB',
        figures: {},
        verdicts: [
          { of: 'at most', value: this.#peakBytes / 1e6, target: { at: 'most', value: MB_AT_MOST } },
        ],
      },
    ]
  }

  #at(name: string): string {
    return join(this.#home, name)
  }
}

function timeRow(samples: Map<string, number[]>): Row {
  const of = (name: string) => samples.get(name) ?? []
  return {
    what: 'made and read back',
    unit: 'ms',
    figures: Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])),
    verdicts: [
      {
        of: 'runledger ÷ tar',
        value: pairedRatio(of('runledger'), of('tar czf + tar tzf')),
        target: { at: 'most', value: TIMES_TAR },
      },
    ],
  }
}
