import { type Bench, check, type Scenario } from '../bench.ts'
import { interleave, rate } from '../measure.ts'
import { openPeers } from '../peers/open-peers.ts'
import type { Peer } from '../peers/peer.ts'
import { throughputRow } from '../verdicts.ts'

const SINGLY = 0.5
const IN_BATCHES = 0.8

/** Enqueue one by one from ten callers, and in batches of 1,000 from two. */
export const enqueue: Scenario = {
  name: 'enqueue',
  async run(bench) {
    const { peers, close } = await openPeers(bench.databases)
    try {
      const singly = await measure(bench, peers, { callers: 10, size: 1, total: bench.sizes.single })
      const total = 1_000 * bench.sizes.batches
      const alone = await measure(bench, peers, { callers: 1, size: 1_000, total })
      const batches = await measure(bench, peers, { callers: 2, size: 1_000, total })
      return [
        {
          scenario: 'enqueue',
          title: 'Enqueue',
          rows: [
            throughputRow('one by one, 10 callers', singly, SINGLY),
            throughputRow('batches of 1,000, 1 caller', alone, IN_BATCHES),
            throughputRow('batches of 1,000, 2 callers', batches, IN_BATCHES),
          ],
        },
      ]
    } finally {
      await close()
    }
  },
}

async function measure(
  { sizes, say }: Bench,
  peers: Peer[],
  job: { callers: number; size: number; total: number },
): Promise<Map<string, number[]>> {
  say(`enqueue: ${job.callers} callers by ${job.size}`)
  let n = 0
  const contestants = peers.map((peer) => ({
    name: peer.name,
    async sample() {
      await peer.empty()
      const figure = await rate(job, (size) => (size === 1 ? peer.enqueue(n++) : peer.enqueueBatch(size)))
      await check(peer, { waiting: job.total })
      return figure
    },
  }))
  return interleave(contestants, sizes.rounds)
}
