import { join } from 'node:path'
import { LedgerError } from '../run/errors.ts'
import type { Config } from './config.ts'
import { homeOf } from './home.ts'

/**
 * Where this machine keeps what is on its way to a ledger, and which ledger commands speak to: as `openVerbs` calls its place, before
 * it is opened.
 */
export function spoolPlace(config: Config, { remote }: { remote: boolean }): { home: string; place: string } {
  const home = homeOf(config)
  const url = config.RUNLEDGER_API_URL
  if (url !== undefined) return { home, place: url }
  if (!remote) return { home, place: join(home, 'runs.db') }
  throw new LedgerError('invalid', '--remote needs RUNLEDGER_API_URL, the address of the server')
}
