import type { ScriptStore } from '../../ports/script-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** What people set for scripts is kept in the API's database only: every method rejects with `LedgerError('unavailable')`. */
export function createScriptStore(): ScriptStore {
  return { get: refuse, put: refuse, list: refuse, staleLimits: refuse, overview: refuse }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'scripts need a server: use --remote, or set DATABASE_URL')
}
