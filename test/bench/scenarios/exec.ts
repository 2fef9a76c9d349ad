import { join } from 'node:path'
import { openSqlite } from '../../../lib/store/sqlite/open.ts'
import { makeHome, RUNLEDGER, startProcess } from '../../support/cli.ts'
import type { Scenario } from '../bench.ts'
import { ask } from '../databases.ts'
import { interleave, median, timed } from '../measure.ts'
import type { Row } from '../row.ts'
import { withServer } from '../with-server.ts'

const MOST_MS = 300

/** What `runledger exec -- true` takes longer than `true`, from start to end of the process. */
export const exec: Scenario = {
  name: 'exec',
  async run({ databases, sizes, say }) {
    const url = await databases.create()
    const home = await makeHome()
    try {
      say('exec: true, local and remote')
      const samples = await withServer(url, (server) => {
        const remote = { RUNLEDGER_API_URL: server.url, RUNLEDGER_API_KEY: server.key }
        return interleave(
          [
            { name: 'true', sample: () => timed(() => run('true', [])) },
            { name: 'local', sample: () => timed(() => tracked({ RUNLEDGER_HOME: home.path })) },
            { name: 'remote', sample: () => timed(() => tracked({ HOME: home.path, ...remote })) },
          ],
          sizes.starts,
        )
      })
      await checkCounts(sizes.starts + 1, { url, file: join(home.path, 'runs.db') })
      return [
        {
          scenario: 'exec',
          title: 'runledger exec -- true',
          rows: [toRow('local', samples), toRow('remote', samples)],
        },
      ]
    } finally {
      await home.remove()
    }
  },
}

const tracked = (env: Record<string, string>) =>
  run(process.execPath, [RUNLEDGER, 'exec', '--kind', 'bench.true', '--', 'true'], env)

async function run(program: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  const { code, stderr } = await startProcess(program, args, { env }).ended
  if (code !== 0 || stderr !== '')
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`)
}

async function checkCounts(expected: number, { url, file }: { url: string; file: string }): Promise<void> {
  const text = `SELECT count(*) AS count FROM runs WHERE state = 'succeeded' AND kind = 'bench.true'`
  const local = await openSqlite({ path: file })
  const [here] = (await local.raw(text)) as Record<string, unknown>[]
  await local.close()
  const [there] = await ask(url, text)
  for (const found of [here, there])
    if (Number(found?.count) !== expected) throw new Error(`${found?.count} runs where ${expected} should be`)
}

function toRow(what: string, samples: Map<string, number[]>): Row {
  const of = (name: string) => median(samples.get(name) ?? [])
  return {
    what,
    unit: 'ms',
    figures: { true: of('true'), 'exec -- true': of(what) },
    verdicts: [{ of: 'difference', value: of(what) - of('true'), target: { at: 'most', value: MOST_MS } }],
  }
}
