import { access, constants, statfs } from 'node:fs/promises'
import type { Finding } from '../../cli/commands/doctor.ts'
import { spokenBytes } from '../../cli/terminal/spoken-time.ts'
import { isLedgerError } from '../../run/errors.ts'
import type { Config } from '../config.ts'
import { openDataFolder } from '../data-folder.ts'
import { homeOf } from '../home.ts'
import { localDatabase } from '../open-verbs.ts'

const ENOUGH_BYTES = 100_000_000

/** This machine's own folder and the database in it. With a server, only what cannot be sent to it is kept there. */
export async function* examineHome(config: Config): AsyncGenerator<Finding> {
  const bad = config.RUNLEDGER_API_URL === undefined ? 'fail' : 'warn'
  const path = homeOf(config)
  try {
    await openDataFolder(path)
    await access(path, constants.W_OK)
  } catch (error) {
    yield {
      name: 'home',
      status: bad,
      message: `${path} cannot be written to (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
      advice: 'set RUNLEDGER_HOME to a folder of yours',
      code: 'unavailable',
    }
    return
  }
  const { bavail, bsize } = await statfs(path)
  const isTight = bavail * bsize < ENOUGH_BYTES
  yield {
    name: 'home',
    status: isTight ? 'warn' : 'ok',
    message: `${path}, ${spokenBytes(bavail * bsize)} free`,
    advice: isTight ? 'make room: what a run leaves behind is kept here' : undefined,
  }
  yield await examineFile(config, bad)
}

/** Opening brings the file up to date, as every command does. */
async function examineFile(config: Config, bad: 'warn' | 'fail'): Promise<Finding> {
  const name = 'local database'
  const path = localDatabase(config)
  const { openSqlite } = await import('../../store/sqlite/open.ts')
  try {
    const store = await openSqlite({ path })
    try {
      const [check] = (await store.raw('PRAGMA quick_check(1)')) as { quick_check: string }[]
      if (check?.quick_check !== 'ok')
        return {
          name,
          status: bad,
          message: `${path} is damaged: ${check?.quick_check}`,
          advice: 'keep a copy of it, and move it away: the next command makes a new one',
          code: 'unavailable',
        }
      const [mode] = (await store.raw('PRAGMA journal_mode')) as { journal_mode: string }[]
      if (mode?.journal_mode !== 'wal')
        return {
          name,
          status: 'warn',
          message: `${path} is kept without a write-ahead log (${mode?.journal_mode}): commands wait for each other`,
          advice: 'keep RUNLEDGER_HOME on a disk of this machine, not on a network',
        }
      return { name, status: 'ok', message: `${path}, whole and up to date` }
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return { name, status: bad, message: error.message, code: error.code }
  }
}
