import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import type { Scenario } from '../bench.ts'
import { ask, settle } from '../databases.ts'
import { fillFinished, fillStale } from '../fill/fill-runs.ts'
import { interleave, median, pairedRatio, timed } from '../measure.ts'
import { type Ledger, openLedger } from '../peers/runledger.ts'

/** One of so many runs is stale; the others have ended. */
const ONE_OF = 10
const MOST_ROUNDS = 3
const TIMES_RAW = 2

/** The stale sweep, through the verb, against one UPDATE of the same rows by hand, which writes neither events nor statistics. */
export const stale: Scenario = {
  name: 'stale',
  async run({ databases, sizes, say }) {
    const ledgers = [await openLedger(await databases.create()), await openLedger(await databases.create())]
    const count = sizes.many / ONE_OF
    try {
      for (const { url } of ledgers) {
        say(`stale: ${sizes.many - count} finished runs`)
        await fillFinished(url, sizes.many - count)
      }
      const [ours, raw] = ledgers as [Ledger, Ledger]
      const contestants = [
        contestant('the sweep', ours, count, () => sweepStale(ours.ctx)),
        contestant('one raw UPDATE', raw, count, () => ask(raw.url, UPDATE)),
      ]
      say(`stale: ${count} stale runs a sample`)
      const samples = await interleave(contestants, Math.min(sizes.rounds, MOST_ROUNDS))
      const of = (name: string) => samples.get(name) ?? []
      const ratio = pairedRatio(of('the sweep'), of('one raw UPDATE'))
      return [
        {
          scenario: 'stale',
          title: `The stale sweep among ${sizes.many.toLocaleString('en')} runs`,
          rows: [
            {
              what: `${count.toLocaleString('en')} stale runs`,
              unit: 'ms',
              figures: Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])),
              verdicts: [{ of: '÷ raw UPDATE', value: ratio, target: { at: 'most', value: TIMES_RAW } }],
            },
          ],
        },
      ]
    } finally {
      for (const ledger of ledgers) await ledger.close()
    }
  },
}

/** How long it takes to end as many stale runs as are made before each sample. */
function contestant(name: string, { url }: Ledger, count: number, end: () => Promise<unknown>) {
  return {
    name,
    async sample() {
      await ask(url, FORGET_EVENTS, FORGET)
      await fillStale(url, count)
      await settle(url)
      const ms = await timed(end)
      const [row] = await ask(url, COUNTS)
      if (row?.ended !== count || row.running !== 0)
        throw new Error(`${name}: ended ${row?.ended} of ${count}, and ${row?.running} still run`)
      return ms
    },
  }
}

const UPDATE = `
  UPDATE runs SET state = 'failed', "errorCode" = 'stale', error = 'Script marked as failed - exceeded 3 day timeout',
    "finishedAt" = now(), "updatedAt" = now(), "leaseExpiresAt" = NULL, "claimId" = NULL
  WHERE state = 'running' AND "startedAt" < now() - interval '3 days'`
const FORGET_EVENTS = `DELETE FROM run_events e USING runs r WHERE e."runId" = r.id AND r."errorCode" = 'stale'`
const FORGET = `DELETE FROM runs WHERE "errorCode" = 'stale'`
const COUNTS = `
  SELECT count(*) FILTER (WHERE "errorCode" = 'stale')::int AS ended,
    count(*) FILTER (WHERE state = 'running')::int AS running FROM runs`
