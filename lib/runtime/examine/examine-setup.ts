import type { Finding } from '../../cli/commands/doctor.ts'
import { isLedgerError } from '../../run/errors.ts'
import { type Config, readConfig } from '../config.ts'

/** Everything that can be wrong with this machine's set-up, one after the other, as it is looked at. */
export async function* examineSetup(version: string): AsyncGenerator<Finding> {
  const { examineProgram } = await import('./examine-program.ts')
  yield* held('program', () => examineProgram(version))
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
  yield* held('home', () => examineHome(config))
  const { examineSpool } = await import('./examine-spool.ts')
  yield* held('spool', () => examineSpool(config))
  const apiUrl = config.RUNLEDGER_API_URL
  if (apiUrl !== undefined) {
    const { examineServer } = await import('./examine-server.ts')
    yield* held('server', () => examineServer(config, apiUrl))
  }
  const url = config.DATABASE_URL_DIRECT ?? config.DATABASE_URL
  if (url !== undefined) {
    const { examineDatabase } = await import('./examine-database.ts')
    yield* held('database', () => examineDatabase(config, url))
  }
  if (config.S3_BUCKET !== undefined) {
    const { examineBucket } = await import('./examine-bucket.ts')
    yield* held('bucket', () => examineBucket(config))
  }
}

/** Where the commands act, as they are set up. */
function placeOf({ RUNLEDGER_API_URL: url }: Config): string {
  return url === undefined
    ? 'commands act on this machine’s own file (RUNLEDGER_API_URL is not set)'
    : `commands act on the server at ${url}`
}

/** What a look finds. That it fails in a way it knows nothing of is a finding, too. */
async function* held(name: string, look: () => AsyncIterable<Finding>): AsyncGenerator<Finding> {
  try {
    yield* look()
  } catch (error) {
    const message = (error as Error).message || String(error)
    yield { name, status: 'fail', message, code: isLedgerError(error) ? error.code : 'unavailable' }
  }
}
