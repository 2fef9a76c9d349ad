import { type Bench, check, type Scenario } from '../bench.ts'
import { interleave, median, pairedRatio, rate } from '../measure.ts'
import { overHttp } from '../peers/http.ts'
import type { Peer } from '../peers/peer.ts'
import { openRunledger } from '../peers/runledger.ts'
import type { Row } from '../row.ts'
import { withServer } from '../with-server.ts'

const CALLERS = 10

/** Enqueue, and claim and complete, through a server process on the same database as the verbs in this one. */
export const http: Scenario = {
  name: 'http',
  async run(bench) {
    const url = await bench.databases.create()
    const verb = await openRunledger(url)
    try {
      return await withServer(url, async (server) => {
        const peers = [{ ...verb, name: 'verb' }, overHttp(server, verb)]
        return [
          {
            scenario: 'http',
            title: `HTTP against the same verb in process, ${CALLERS} callers`,
            rows: [
              await enqueueBy(bench, peers, 1),
              await enqueueBy(bench, peers, 100),
              await claimBy(bench, peers, 1),
              await claimBy(bench, peers, 10),
            ],
          },
        ]
      })
    } finally {
      await verb.close()
    }
  },
}

async function enqueueBy({ sizes, say }: Bench, peers: Peer[], size: 1 | 100): Promise<Row> {
  say(`http: enqueue by ${size}`)
  const job = { callers: CALLERS, size, total: size === 1 ? sizes.single : sizes.single * 5 }
  return toRow(
    `enqueue by ${size}`,
    await interleave(
      peers.map((peer) => ({
        name: peer.name,
        async sample() {
          await peer.empty()
          let n = 0
          const figure = await rate(job, (by) => (by === 1 ? peer.enqueue(n++) : peer.enqueueBatch(by)))
          await check(peer, { waiting: job.total })
          return figure
        },
      })),
      sizes.rounds,
    ),
  )
}

async function claimBy({ sizes, say }: Bench, peers: Peer[], size: 1 | 10): Promise<Row> {
  say(`http: claim by ${size}`)
  const job = { callers: CALLERS, size, total: sizes.claims[size] }
  return toRow(
    `claim and complete by ${size}`,
    await interleave(
      peers.map((peer) => ({
        name: peer.name,
        async sample() {
          await peer.empty()
          await peer.refill(job.total)
          const figure = await peer.work(job)
          await check(peer, { waiting: 0, finished: job.total })
          return figure
        },
      })),
      sizes.rounds,
    ),
  )
}

function toRow(what: string, samples: Map<string, number[]>): Row {
  const [verb, overHttp] = [samples.get('verb') ?? [], samples.get('HTTP') ?? []]
  return {
    what,
    unit: 'runs/s',
    figures: { verb: median(verb), HTTP: median(overHttp) },
    verdicts: [{ of: 'HTTP ÷ verb', value: pairedRatio(overHttp, verb) }],
  }
}
