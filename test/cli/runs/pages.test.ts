import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { readConfig } from '../../../lib/runtime/config.ts'
import { openVerbs } from '../../../lib/runtime/open-verbs.ts'
import { openSqlite } from '../../../lib/store/sqlite/open.ts'
import { RUNLEDGER, runCli, startProcess } from '../../support/cli.ts'
import { local, type Place, remote } from '../../support/ledgers.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'

const COUNT = 250

describe.each([remote, local])('many runs $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  let env: Record<string, string>
  beforeAll(async () => {
    opened = await place.open()
    env = (await opened.ledger()).env
    const { verbs, close } = await openVerbs(readConfig({}, env), { remote: false })
    await verbs.enqueueRuns(Array.from({ length: COUNT }, (_, n) => ({ kind: 'bulk', name: `n${n}` })))
    await close()
  })
  afterAll(() => opened?.close())
  const list = (...args: string[]) => runCli(['runs', 'list', ...args], { env })
  const ids = (stdout: string) => (JSON.parse(stdout) as Run[]).map(({ id }) => id)

  it('are listed past the API’s page, each once', async () => {
    const all = ids((await list('--all', '--json')).stdout)
    expect(new Set(all).size).toBe(COUNT)
    expect(ids((await list('--limit', '130', '--json')).stdout)).toEqual(all.slice(0, 130))
    expect(ids((await list('--json')).stdout)).toEqual(all.slice(0, 50))
    const lines = (await list('--all', '--ndjson')).stdout.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as Run).id)).toEqual(all)
  })

  it('a reader that leaves early (| head -1) is met with silence', async () => {
    const line = `set -o pipefail; "$0" "$1" runs list --all --ndjson | head -1; echo $?`
    const { stdout, stderr } = await startProcess('bash', ['-c', line, process.execPath, RUNLEDGER], { env })
      .ended
    expect(stdout).toMatch(/^\{"id".*\}\n0\n$/)
    expect(stderr).toBe('')
  })

  it.runIf(hasTerminal)(
    'on a terminal tell what to type for the next page, which goes on there',
    async () => {
      const first = onTerminal(['runs', 'list', '--kind', 'bulk', '--limit', '2'], { env, columns: 200 })
      expect(await first.ended).toBe(0)
      const [, next = ''] = /There are more: runledger (.*)/.exec(first.said()) ?? []
      const { stdout } = await runCli([...next.split(' '), '--json'], { env })
      expect(ids(stdout)).toEqual(ids((await list('--limit', '4', '--json')).stdout).slice(2))
    },
  )

  it.runIf(hasTerminal)('on a terminal say how far it is, and take that back', async () => {
    const { raw, said, ended } = onTerminal(['runs', 'list', '--limit', '210'], { env })
    expect(await ended).toBe(0)
    expect(raw()).toContain('100 runs …')
    expect(
      said()
        .split('\n')
        .filter((line) => /^\w{26} {2}○ queued {2}bulk/.test(line)),
    ).toHaveLength(210)
  })
})

/** So many that to keep all of them, or all of their text, takes more than a small heap. */
const MANY = 60_000
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=56' }

describe('very many runs on this machine', () => {
  let opened: Awaited<ReturnType<Place['open']>>
  let env: Record<string, string>
  let fullMs: number
  beforeAll(async () => {
    opened = await local.open()
    env = (await opened.ledger()).env
    await makeMany(env)
  })
  afterAll(() => opened?.close())

  it.each([
    ['--json', ']'],
    ['--ndjson', ''],
  ])('are listed as %s in little memory', async (format, end) => {
    const startedAt = performance.now()
    const { code, stdout, stderr } = await runCli(['runs', 'list', '--all', format], {
      env: { ...env, ...SMALL_HEAP },
    })
    fullMs = performance.now() - startedAt
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/{"id":"/g)).toHaveLength(MANY)
    expect(stdout.endsWith(`}${end}\n`)).toBe(true)
    if (format === '--json') expect(JSON.parse(stdout)).toHaveLength(MANY)
  })

  it('are listed as a table', async () => {
    const { code, stdout } = await runCli(['runs', 'list', '--all'], { env })
    expect([code, stdout.split('\n').length]).toEqual([0, MANY + 2])
  })

  it('are not read to their end for a reader that has left', async () => {
    const line = `set -o pipefail; "$0" "$1" runs list --all --ndjson | head -1`
    const startedAt = performance.now()
    const { code } = await startProcess('bash', ['-c', line, process.execPath, RUNLEDGER], { env }).ended
    expect(code).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(fullMs / 2)
  })
})

/** Copies of one run. */
async function makeMany(env: Record<string, string>): Promise<void> {
  const { verbs, close } = await openVerbs(readConfig({}, env), { remote: false })
  const { run } = await verbs.enqueueRun({ kind: 'many', labels: { text: 'x'.repeat(200) } })
  await close()
  const store = await openSqlite({ path: `${env.RUNLEDGER_HOME}/runs.db` })
  const info = (await store.raw('PRAGMA table_info(runs)')) as { name: string }[]
  const columns = info.map(({ name }) => name)
  const copied = columns.map((name) => (name === 'id' ? `'01KB' || printf('%022d', n)` : name))
  await store.raw(
    `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${MANY - 1})
     INSERT INTO runs (${columns.join(', ')}) SELECT ${copied.join(', ')} FROM counted, (SELECT * FROM runs WHERE id = '${run.id}')`,
  )
  await store.close()
}
