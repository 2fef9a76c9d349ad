import { freePort } from '../../../lib/runtime/postgres-server/free-port.ts'
import { makeHome } from '../../support/cli.ts'
import type { Bench, Scenario } from '../bench.ts'
import { interleave, median, pairedRatio } from '../measure.ts'
import { PrintingScript } from '../printing-script.ts'
import type { Row, Table } from '../row.ts'
import { peakOf } from '../watched-process.ts'
import { type BenchServer, withServer } from '../with-server.ts'

const SLOWER_AT_MOST = 1.1
const MB_PER_SECOND_AT_LEAST = 10
const MB_AT_MOST = 200

/** What it costs a script that its log is kept, how fast that log gets to the ledger, and whether it is all there. */
export const logs: Scenario = {
  name: 'logs',
  async run(bench) {
    const { databases, sizes, say } = bench
    const url = await databases.create()
    const home = await makeHome()
    const port = await freePort()
    const script = new PrintingScript(home.path, sizes.printedBytes, `http://127.0.0.1:${port}`)
    try {
      say('logs: kept while there is no server')
      for (let print = 0; print < sizes.prints; print++) await script.tracked()
      return await withServer(url, (server) => measure(bench, script, server), { PORT: String(port) })
    } finally {
      await home.remove()
    }
  },
}

async function measure({ sizes, say }: Bench, script: PrintingScript, server: BenchServer): Promise<Table[]> {
  say('logs: flush')
  const flushMs = await script.flush()
  let kept = sizes.prints
  await script.untilKept(server, kept)

  say('logs: a script alone, through a pipe, and tracked')
  const tracked = async () => {
    const ms = await script.tracked()
    // What the server makes of the log afterwards is no part of the next sample.
    await script.untilKept(server, ++kept)
    return ms
  }
  const samples = await interleave(
    [
      { name: 'alone', sample: () => script.alone() },
      { name: 'alone, through cat', sample: () => script.throughCat() },
      { name: 'exec', sample: tracked },
    ],
    sizes.prints,
  )

  say('logs: read back')
  const readMs = median(await script.readBack(server))
  const mb = sizes.printedBytes / 1e6
  const peaks = { ...script.peaks, server: await peakOf(server.pid) }
  return [
    table(`A script that prints ${mb} MB in lines of 100 bytes into a file`, [scriptRow(samples)]),
    table('Its log, to the ledger and back', [
      rateRow('runledger flush', (mb * sizes.prints) / (flushMs / 1_000), MB_PER_SECOND_AT_LEAST),
      rateRow('read with ?format=raw, each byte as printed', mb / (readMs / 1_000)),
    ]),
    table('The most memory that took', Object.entries(peaks).map(memoryRow)),
  ]
}

const table = (title: string, rows: Row[]): Table => ({ scenario: 'logs', title, rows })

function scriptRow(samples: Map<string, number[]>): Row {
  const of = (name: string) => samples.get(name) ?? []
  return {
    what: 'until it has ended',
    unit: 'ms',
    figures: Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])),
    verdicts: [
      {
        of: 'exec ÷ alone',
        value: pairedRatio(of('exec'), of('alone')),
        target: { at: 'most', value: SLOWER_AT_MOST },
      },
      { of: 'exec ÷ through cat', value: pairedRatio(of('exec'), of('alone, through cat')) },
    ],
  }
}

function rateRow(what: string, value: number, least?: number): Row {
  const target = least === undefined ? {} : { target: { at: 'least' as const, value: least } }
  return { what, unit: 'MB/s', figures: {}, verdicts: [{ of: 'of what was printed', value, ...target }] }
}

function memoryRow([what, bytes]: [string, number]): Row {
  const target = { at: 'most', value: MB_AT_MOST } as const
  return { what, unit: 'MB', figures: {}, verdicts: [{ of: 'at most', value: bytes / 1e6, target }] }
}
