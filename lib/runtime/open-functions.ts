import { attachDatabasePool } from '@vercel/functions'
import { ulid } from 'ulid'
import type { AppOptions } from '../http/face.ts'
import type { Ports } from '../ports/context.ts'
import { attempt, isLedgerError, LedgerError } from '../run/errors.ts'
import { openPostgres } from '../store/postgres/open.ts'
import { type Config, readConfig } from './config.ts'
import { openObjects } from './open-objects.ts'
import { openPorts } from './open-ports.ts'
import { stdoutLog } from './stdout-log.ts'

/**
 * What an app needs as a function of the platform runs it: nothing is opened before the first request that needs it.
 * A configuration that is not right does not stop the start, where nobody would see why: it is logged, and each request is
 * told `unavailable` with the names of the variables.
 */
export function functionOptions(): AppOptions {
  const config = attempt(() => readConfig())
  if (isLedgerError(config)) {
    stdoutLog('info').error('the configuration is not right', { error: config })
    const names = config.issues.map(({ path }) => path).join(', ')
    const refusal = new LedgerError(
      'unavailable',
      `this server is not configured right: see ${names} in its log`,
    )
    return { openPorts: () => Promise.reject(refusal), cronSecret: undefined, newId: () => ulid() }
  }
  let opening: Promise<Ports> | undefined
  const open = () => {
    opening ??= openForFunctions(config)
    return opening
  }
  return { openPorts: open, cronSecret: config.CRON_SECRET, newId: () => ulid() }
}

async function openForFunctions(config: Config): Promise<Ports> {
  const { DATABASE_URL: url, RUNLEDGER_SECRET: secret } = config
  if (url === undefined)
    throw new LedgerError('unavailable', 'set DATABASE_URL: a function brings no database of its own')
  if (secret === undefined)
    throw new LedgerError('unavailable', 'set RUNLEDGER_SECRET to at least 32 characters')
  const log = stdoutLog(config.LOG_LEVEL)
  const store = await openPostgres({
    url,
    driver: config.DATABASE_DRIVER,
    poolSize: config.DATABASE_POOL_SIZE,
    onIdleError: (error) => log.warn('an idle connection ended', { error }),
    // Lets idle connections close before the instance is frozen with them.
    onPool: (pool) => attachDatabasePool(pool as Parameters<typeof attachDatabasePool>[0]),
  })
  // What a function writes to disk is gone with it.
  const objects = openObjects(config, { secret, folder: null, publicUrl: null })
  return openPorts(store, config, { secret, objects, log, adminKey: config.RUNLEDGER_ADMIN_KEY })
}
