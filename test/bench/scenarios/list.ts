import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { type ListRuns, listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import { isLedgerError } from '../../../lib/run/errors.ts'
import type { Scenario } from '../bench.ts'
import { settle } from '../databases.ts'
import { fillFinished, fillQueued } from '../fill/fill-runs.ts'
import { median, timed } from '../measure.ts'
import { type Ledger, openLedger } from '../peers/runledger.ts'
import type { Row } from '../row.ts'
import { KINDS } from '../workload.ts'

const MOST_MS = 100
const TIMES = 5
const RUNNING = 50
const ALL_STATES = ['active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted'].join(',')

interface Case {
  what: string
  input: ListRuns
  /** Whether anything should be on the page. */
  finds: boolean
}

/** A page of each kind of list, through the verb, over a million runs that ended and some that wait or run. */
export const list: Scenario = {
  name: 'list',
  async run({ databases, sizes, say }) {
    const ledger = await openLedger(await databases.create())
    try {
      say(`list: ${sizes.many} finished runs`)
      await fillFinished(ledger.url, sizes.many)
      await fillQueued(ledger.url, { count: sizes.few, kinds: KINDS })
      await settle(ledger.url)
      await claimRuns(ledger.ctx, { workerId: 'bench', limit: RUNNING, leaseSeconds: 3_600 })
      const rows: Row[] = []
      for (const one of await casesFor(ledger)) {
        say(`list: ${one.what}`)
        rows.push(await measure(ledger, one))
      }
      const title = `A page of 50 out of ${(sizes.many + sizes.few).toLocaleString('en')} runs`
      return [{ scenario: 'list', title, rows }]
    } finally {
      await ledger.close()
    }
  },
}

async function casesFor(ledger: Ledger): Promise<Case[]> {
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString()
  const cursorAt = async (ago: number) => {
    const before = { storageState: ALL_STATES, before: day(ago), limit: 1 }
    return (await listRuns(ledger.ctx, before as ListRuns)).nextCursor ?? ''
  }
  const [middle, end] = [await cursorAt(10), await cursorAt(25)]
  const hit = (what: string, input: Record<string, unknown>): Case => ({ what, input, finds: true })
  const miss = (what: string, input: Record<string, unknown>): Case => ({ what, input, finds: false })
  const everything = { storageState: ALL_STATES }
  return [
    hit('no filter', {}),
    hit('no filter, oldest first', { sort: 'createdAt:asc', ...everything }),
    hit('no filter, oldest active first', { sort: 'createdAt:asc' }),
    hit('cursor in the middle', { cursor: middle }),
    hit('cursor near the end', { cursor: end, ...everything }),
    miss('cursor near the end, active', { cursor: end }),
    hit('state=succeeded', { state: 'succeeded' }),
    hit('state=failed', { state: 'failed' }),
    hit('state=canceled', { state: 'canceled' }),
    hit('state=queued', { state: 'queued' }),
    hit('state=running', { state: 'running' }),
    hit('state=queued,running', { state: 'queued,running' }),
    hit('state=failed,canceled', { state: 'failed,canceled' }),
    hit('state=failed, cursor in the middle', { state: 'failed', cursor: middle }),
    hit('kind', { kind: KINDS[3] }),
    miss('kind nobody has', { kind: 'no.such' }),
    hit('kind and state=running', { kind: KINDS[0], state: 'running' }),
    hit('kind and state=failed', { kind: KINDS[1], state: 'failed' }),
    hit('storageState=archived', { storageState: 'archived' }),
    hit('storageState=deleted', { storageState: 'deleted' }),
    miss('storageState=restoring', { storageState: 'restoring' }),
    hit('every storageState', { storageState: ALL_STATES }),
    hit('kind and storageState=deleted', { kind: KINDS[2], storageState: 'deleted' }),
    hit('label most have', { label: 'team=billing' }),
    hit('label most have, cursor in the middle', { label: 'team=billing', cursor: middle }),
    hit('label 1 in 10,000 has', { label: 'customer=c-42' }),
    hit('label 1 in 10,000 has, wherever', { label: 'customer=c-42', ...everything }),
    miss('label nobody has', { label: 'customer=nobody' }),
    miss('label key nobody has', { label: 'nothing=such' }),
    miss('label nobody has, kind', { label: 'customer=nobody', kind: KINDS[0] }),
    miss('label nobody has, state=failed', { label: 'customer=nobody', state: 'failed' }),
    miss('label nobody has, project', { label: 'customer=nobody', projectId: 'acme' }),
    hit('q: a kind', { q: 'reports' }),
    hit('q: what most names begin with', { q: 'Invoice' }),
    hit('q: a name', { q: 'Invoice 42 ', ...everything }),
    hit('q: an id', { q: await newestId(ledger) }),
    miss('q nothing has', { q: 'nothing such' }),
    miss('q nothing has, state=failed', { q: 'nothing such', state: 'failed' }),
    hit('since a day ago', { since: day(1) }),
    hit('before 10 days ago', { before: day(10) }),
    hit('one day, 15 days ago', { since: day(15), before: day(14) }),
    hit('one day, 25 days ago, deleted or not', { since: day(25), before: day(24), ...everything }),
    miss('one day, 25 days ago, active', { since: day(25), before: day(24) }),
    hit('since, state=failed', { since: day(3), state: 'failed' }),
    hit('since, oldest first', { since: day(15), sort: 'createdAt:asc' }),
    hit('project of 20 %', { projectId: 'acme' }),
    hit('project of 1 %', { projectId: 'initech' }),
    hit('project null', { projectId: null }),
    miss('project nobody has', { projectId: 'nobody' }),
    hit('project and state=failed', { projectId: 'acme', state: 'failed' }),
    miss('project that never fails and state=failed', { projectId: 'globex', state: 'failed' }),
    miss('the same, failed or canceled', { projectId: 'globex', state: 'failed,canceled' }),
    miss('the same, wherever', { projectId: 'globex', state: 'failed', ...everything }),
    miss('kind that is never canceled and state=canceled', { kind: KINDS[1], state: 'canceled' }),
    miss('the same, in a project', { projectId: null, kind: KINDS[1], state: 'canceled' }),
    miss('state=queued of what is archived', { state: 'queued', storageState: 'archived' }),
    miss('small project and state=canceled', { projectId: 'initech', state: 'canceled' }),
    miss('small project and q nothing has', { projectId: 'initech', q: 'nothing such' }),
    hit('small project and a kind that others have, too', { projectId: 'initech', kind: KINDS[3] }),
    miss('small project and a kind that others have', { projectId: 'initech', kind: KINDS[0] }),
    hit('project, kind, state, since', {
      projectId: 'acme',
      kind: KINDS[7],
      state: 'succeeded',
      since: day(19),
    }),
    hit('project, cursor in the middle', { projectId: 'acme', cursor: middle }),
    hit('page of 100', { limit: 100 }),
  ]
}

async function newestId({ ctx }: Ledger): Promise<string> {
  const { data } = await listRuns(ctx, { limit: 1 })
  return data[0]?.id ?? ''
}

async function measure({ ctx }: Ledger, { what, input, finds }: Case): Promise<Row> {
  const times: number[] = []
  for (let time = 0; time < TIMES; time++) {
    times.push(await timed(() => page(finds, what, () => listRuns(ctx, input))))
    // What has run into the statement timeout would do so again.
    if (time === 0 && (times[0] ?? 0) > 4_000) break
  }
  return {
    what,
    unit: 'ms',
    figures: { 'the first time': times[0] ?? Number.NaN },
    verdicts: [{ of: 'median', value: median(times), target: { at: 'most', value: MOST_MS } }],
  }
}

async function page(finds: boolean, what: string, ask: () => ReturnType<typeof listRuns>): Promise<void> {
  try {
    const { data } = await ask()
    if (data.length > 0 !== finds) throw new Error(`${what}: ${data.length} runs on the page`)
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'unavailable') throw error
  }
}
