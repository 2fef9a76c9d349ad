import { afterAll, beforeAll, expect } from 'vitest'
import { makeHome, type StartedCli, startCli, until } from '../support/cli.ts'
import { type Api, api } from '../support/server.ts'

const READY = /The demo is ready: (\S+)\/admin\s+sign in with the key (\S+)/

/** A ledger with a day of history, and scripts that run. */
export interface World {
  url: string
  key: string
  api: Api
  /** A run of that kind and state; the newest. */
  run(query: string): Promise<string>
}

interface Listed {
  data: { id: string }[]
}

/** One demo for the tests of a file. */
export function useWorld(): () => World {
  let world: World | undefined
  let demo: StartedCli | undefined
  let home: Awaited<ReturnType<typeof makeHome>> | undefined
  beforeAll(async () => {
    home = await makeHome()
    const env = { HOME: home.path, RUNLEDGER_DATA_DIR: `${home.path}/data`, RATE_LIMIT_SIGN_IN: '0' }
    demo = startCli(['demo', '--days', '1', '--port', '0'], { env })
    const stdout = demo.stdout
    const [, url = '', key = ''] = await until(() => READY.exec(stdout()), 'the demo', 300_000)
    const ledger = api(url, key)
    const run = async (query: string) => {
      const { body } = await ledger.get<Listed>(`/v1/runs?limit=1&${query}`)
      return body.data[0]?.id ?? expect.fail(`a run with ${query}`)
    }
    world = { url, key, api: ledger, run }
  }, 360_000)
  afterAll(async () => {
    demo?.process.kill('SIGTERM')
    await demo?.ended
    await home?.remove()
  })
  return () => world ?? expect.fail('a world')
}
