import type { KeyStore } from '../../ports/key-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Keys live in the API's database only: every method rejects with `LedgerError('invalid')`. */
export function createKeyStore(): KeyStore {
  const keys = {
    insert: refuse,
    find: refuse,
    list: refuse,
    replaceSecret: refuse,
    revoke: refuse,
    touch: refuse,
  }
  return { ...keys, endSession: refuse, hasEnded: refuse }
}

async function refuse(): Promise<never> {
  throw new LedgerError('invalid', 'keys need a server: use --remote, or set DATABASE_URL')
}
