import { type Bench, check, type Scenario } from '../bench.ts'
import { interleave, median, pairedRatio } from '../measure.ts'
import { openPeers } from '../peers/open-peers.ts'
import type { Peer } from '../peers/peer.ts'
import type { Row, Table } from '../row.ts'
import { throughputRow } from '../verdicts.ts'

const CALLERS = 4
const SIZES = [1, 10, 100] as const
const SHARE_OF_RAW = { 1: 0.5, 10: 0.8, 100: 0.8 }

type Samples = Map<string, number[]>

/** Claim and complete by 1, 10 and 100 from four callers, with an empty table behind and with a million runs that ended. */
export const claim: Scenario = {
  name: 'claim',
  async run(bench) {
    const [bare, laden] = [await openPeers(bench.databases), await openPeers(bench.databases)]
    try {
      for (const peer of laden.peers) {
        bench.say(`claim: ${peer.name} gets ${bench.sizes.many} finished runs`)
        await peer.fillFinished(bench.sizes.many)
      }
      const tables = { empty: [] as Row[], full: [] as Row[], cost: [] as Row[] }
      for (const size of SIZES) {
        bench.say(`claim: by ${size}`)
        const { empty, full } = await measure(bench, { bare: bare.peers, laden: laden.peers }, size)
        const what = `by ${size}, ${CALLERS} callers`
        tables.empty.push(throughputRow(what, empty, SHARE_OF_RAW[size]))
        tables.full.push(throughputRow(what, full, SHARE_OF_RAW[size]))
        tables.cost.push(costRow(what, empty, full))
      }
      return [
        table('Claim and complete, nothing behind', tables.empty),
        table(
          `Claim and complete, ${bench.sizes.many.toLocaleString('en')} finished runs behind`,
          tables.full,
        ),
        table('What the finished runs cost: with them ÷ without', tables.cost),
      ]
    } finally {
      await Promise.all([bare.close(), laden.close()])
    }
  },
}

const table = (title: string, rows: Row[]): Table => ({ scenario: 'claim', title, rows })

/** Both states of the table take turns, too, so that their ratio is one of the same minutes. */
async function measure(
  { sizes }: Bench,
  { bare, laden }: { bare: Peer[]; laden: Peer[] },
  size: (typeof SIZES)[number],
): Promise<{ empty: Samples; full: Samples }> {
  const job = { callers: CALLERS, size, total: sizes.claims[size] }
  const ended = new Map<Peer, number>()
  for (const peer of laden) ended.set(peer, (await peer.counts()).finished ?? 0)
  const sampleOf = (peer: Peer, before: () => Promise<void>) => async () => {
    await before()
    const first = sizes.firstCalls * size
    await peer.refill(first + job.total)
    const figure = await peer.work({ ...job, first })
    const finished = (ended.get(peer) ?? 0) + first + job.total
    await check(peer, { waiting: 0, finished })
    if (ended.has(peer)) ended.set(peer, finished)
    return figure
  }
  const samples = await interleave(
    bare.flatMap((peer, n) => [
      { name: `empty ${peer.name}`, sample: sampleOf(peer, () => peer.empty()) },
      { name: `full ${peer.name}`, sample: sampleOf(laden[n] as Peer, async () => {}) },
    ]),
    sizes.rounds,
  )
  const of = (prefix: string): Samples =>
    new Map(bare.map(({ name }) => [name, samples.get(`${prefix} ${name}`) ?? []]))
  return { empty: of('empty'), full: of('full') }
}

function costRow(what: string, empty: Samples, full: Samples): Row {
  const share = (name: string) => pairedRatio(full.get(name) ?? [], empty.get(name) ?? [])
  return {
    what,
    unit: 'runs/s',
    figures: { without: median(empty.get('runledger') ?? []), with: median(full.get('runledger') ?? []) },
    verdicts: [
      { of: 'runledger', value: share('runledger'), target: { at: 'least', value: 0.8 } },
      { of: 'pg-boss', value: share('pg-boss') },
      { of: 'raw', value: share('raw SQL') },
    ],
  }
}
