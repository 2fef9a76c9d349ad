import type { Finding } from '../../cli/commands/doctor.ts'
import { type Config, readConfig } from '../config.ts'

/** Everything that can be wrong with this machine's set-up, one after the other, as it is looked at. */
export async function* examineSetup(version: string): AsyncGenerator<Finding> {
  const { examineProgram } = await import('./examine-program.ts')
  yield* examineProgram(version)
  let config: Config
  try {
    config = readConfig()
  } catch (error) {
    const advice = 'put the variable right, or unset it'
    yield {
      name: 'configuration',
      status: 'fail',
      message: (error as Error).message,
      advice,
      code: 'invalid',
    }
    return
  }
  yield { name: 'configuration', status: 'ok', message: placeOf(config) }
  const { examineHome } = await import('./examine-home.ts')
  yield* examineHome(config)
  if (config.RUNLEDGER_API_URL !== undefined) {
    const { examineServer } = await import('./examine-server.ts')
    yield* examineServer(config, config.RUNLEDGER_API_URL)
  }
  const url = config.DATABASE_URL_DIRECT ?? config.DATABASE_URL
  if (url !== undefined) {
    const { examineDatabase } = await import('./examine-database.ts')
    yield await examineDatabase(config, url)
  }
}

/** Where the commands act, as they are set up. */
function placeOf({ RUNLEDGER_API_URL: url }: Config): string {
  return url === undefined
    ? 'commands act on this machine’s own file (RUNLEDGER_API_URL is not set)'
    : `commands act on the server at ${url}`
}
