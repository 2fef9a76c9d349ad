import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import type { Bench, Scenario } from '../bench.ts'
import { ask, settle } from '../databases.ts'
import { fillQueued } from '../fill/fill-runs.ts'
import { interleave, quantile, timed } from '../measure.ts'
import { type Ledger, openLedger } from '../peers/runledger.ts'
import type { Row } from '../row.ts'
import { KINDS } from '../workload.ts'

const ASKED: [what: string, kinds: string[] | undefined][] = [
  ['one kind', [KINDS[0]]],
  ['8 kinds', [...KINDS]],
  ['any kind', undefined],
]
const MOST = 1.3

/** One caller's claim of one run, where few wait and where a million do, of 8 kinds and 3 priorities. */
export const latency: Scenario = {
  name: 'latency',
  async run({ databases, sizes, say }) {
    const [few, many] = [
      await openLedger(await databases.create()),
      await openLedger(await databases.create()),
    ]
    try {
      say(`latency: ${sizes.many} runs begin to wait`)
      await letWait(many, sizes.many)
      const rows: Row[] = []
      for (const [what, kinds] of ASKED) {
        say(`latency: ${what}`)
        await ask(few.url, `DELETE FROM runs WHERE state = 'queued'`)
        await letWait(few, sizes.few)
        const samples = await interleave(
          [
            { name: 'few', sample: () => claimOne(few, kinds) },
            { name: 'many', sample: () => claimOne(many, kinds) },
          ],
          sizes.latencies,
        )
        await checkTaken(few, sizes.few - sizes.latencies - 1)
        rows.push(toRow(what, samples, sizes))
      }
      await checkTaken(many, sizes.many - ASKED.length * (sizes.latencies + 1))
      return [{ scenario: 'latency', title: 'Latency of a claim of one run, one caller', rows }]
    } finally {
      await Promise.all([few.close(), many.close()])
    }
  },
}

async function letWait({ url }: Ledger, count: number): Promise<void> {
  await fillQueued(url, { count, kinds: KINDS, priorities: [1, 1, 1, 2, 0] })
  await settle(url)
}

async function claimOne({ ctx }: Ledger, kinds: string[] | undefined): Promise<number> {
  return timed(async () => {
    const claimed = await claimRuns(ctx, { workerId: 'bench', kinds, limit: 1, leaseSeconds: 3_600 })
    if (claimed.length !== 1) throw new Error('the claim found nothing')
  })
}

async function checkTaken({ url }: Ledger, left: number): Promise<void> {
  const [row] = await ask(url, `SELECT count(*)::int AS waiting FROM runs WHERE state = 'queued'`)
  if (row?.waiting !== left) throw new Error(`${row?.waiting} wait where ${left} should`)
}

function toRow(what: string, samples: Map<string, number[]>, { few, many }: Bench['sizes']): Row {
  const of = (name: string, share: number) => quantile(samples.get(name) ?? [], share)
  const named = (count: number) => count.toLocaleString('en')
  const ratio = (share: number) => of('many', share) / of('few', share)
  return {
    what,
    unit: 'ms',
    figures: {
      [`${named(few)} wait, median`]: of('few', 0.5),
      [`${named(many)} wait, median`]: of('many', 0.5),
      [`${named(few)} wait, p95`]: of('few', 0.95),
      [`${named(many)} wait, p95`]: of('many', 0.95),
    },
    verdicts: [
      { of: 'ratio of medians', value: ratio(0.5), target: { at: 'most', value: MOST } },
      { of: 'ratio of p95', value: ratio(0.95) },
    ],
  }
}
