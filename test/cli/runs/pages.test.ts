import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { readConfig } from '../../../lib/runtime/config.ts'
import { openVerbs } from '../../../lib/runtime/open-verbs.ts'
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
