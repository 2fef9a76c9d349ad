import type { Client as PgClient } from 'pg'
import { LedgerError } from '../../run/errors.ts'
import { columnTypes } from './column-types.ts'

/** What both drivers' pools have in common, and all that the store uses of them. */
export interface Pool {
  query(query: Query): Promise<QueryResult>
  connect(): Promise<PoolClient>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface PoolClient {
  query(query: Query | string): Promise<QueryResult>
  release(broken?: boolean): void
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

export interface Query {
  text: string
  values?: unknown[]
  /** Given, the statement is parsed once per connection and reused by this name. */
  name?: string
}

export interface QueryResult {
  rows: Record<string, unknown>[]
  rowCount: number | null
}

export type Driver = 'pg' | 'neon'

export interface ConnectOptions {
  url: string
  driver?: Driver | undefined
  poolSize?: number | undefined
  /** No statement is ended for its time: for migrations. */
  patient?: boolean | undefined
  /** Told when an idle connection dies; the pool replaces it by itself. */
  onIdleError?: ((error: Error) => void) | undefined
  /** Given the driver's own pool, once it is made. */
  onPool?: ((pool: unknown) => void) | undefined
}

/** Neon's own hosts speak WebSocket; every other `postgres://` server gets `pg`. */
export function driverFor(url: string): Driver {
  return new URL(url).hostname.endsWith('.neon.tech') ? 'neon' : 'pg'
}

/** A statement that takes longer is ended by the server. */
const STATEMENT_MS = 5_000

/**
 * A pool of connections. Nothing is opened before the first query.
 * Idle connections close after 5 s, so a function that is frozen between requests leaves none behind.
 */
export async function connect(options: ConnectOptions): Promise<Pool> {
  const driver = options.driver ?? driverFor(options.url)
  const config = {
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 8_000,
    idleTimeoutMillis: 5_000,
    application_name: 'runledger',
    // Behind the server's own limit: a host that is cut off never tells that a statement was ended.
    ...(options.patient ? {} : { query_timeout: STATEMENT_MS + 2_000 }),
  }
  const pool = (driver === 'neon' ? await neonPool(config) : await pgPool(config, options.patient)) as Pool
  pool.on('error', options.onIdleError ?? (() => {}))
  options.onPool?.(pool)
  return pool
}

async function pgPool(config: object, patient = false): Promise<unknown> {
  const { default: pg } = await import('pg')
  // A pooler would refuse the setting, so on Neon the role has it (rule 9).
  const limits = { statement_timeout: STATEMENT_MS, idle_in_transaction_session_timeout: 10_000 }
  const types = columnTypes(pg.types)
  return new pg.Pool({ ...config, types, ...(patient ? {} : limits), Client: closingClient(pg.Client) })
}

/** What the driver itself gives up, as where it is asked for a password and has none, it would leave open. */
function closingClient(Client: typeof PgClient): typeof PgClient {
  class ClosingClient extends Client {}
  ClosingClient.prototype.connect = function (this: PgClient, told: (error: Error) => void) {
    return Client.prototype.connect.call(this, (error: Error) => {
      if (error) void this.end().catch(ignore)
      told(error)
    })
  } as PgClient['connect']
  return ClosingClient
}

async function neonPool(config: object): Promise<unknown> {
  const { Pool: NeonPool, types } = await import('@neondatabase/serverless')
  return new NeonPool({ ...config, types: columnTypes(types) })
}

/** Runs `work` in one transaction on one connection; what it throws rolls back. */
export async function transaction<T>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  // A connection that breaks says so to its query, too; unheard, its event would end the process.
  client.on('error', ignore)
  let broken = true
  try {
    await client.query(begin)
    const result = await work(client)
    await client.query('COMMIT')
    broken = false
    return result
  } catch (error) {
    broken = isUnavailable(error) || !(await rolledBack(client))
    throw error
  } finally {
    client.release(broken)
    client.off('error', ignore)
  }
}

const ignore = () => {}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    return true
  } catch {
    return false
  }
}

const RETRYABLE = new Set(['40001', '40P01'])
const UNAVAILABLE = new Set(['57P01', '57P02', '57P03', '53300', '53400', '57014', '25006', '55000', '25P03'])
const NO_SUCH_DATABASE = '3D000'
const NO_RIGHT = '42501'
const UNAVAILABLE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/**
 * Runs a statement that is atomic by itself, again when it met another in a deadlock. Says `unavailable` when the
 * database cannot be reached or refuses us: that is not the fault of whoever asked. Whether a statement that was cut off took effect is not
 * known: callers make theirs repeatable.
 */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const code = codeOf(error)
      if (RETRYABLE.has(code) && tries < 5) continue
      throw toLedgerError(error, code) ?? error
    }
  }
}

/** Whether a row with the same unique value is there already. */
export const isUniqueViolation = (error: unknown): boolean => codeOf(error) === '23505'

/** Whether a lock was not had: in the time that was given for it, or at all, since who has it waits for ours. */
export const isLockFailure = (error: unknown): boolean => ['55P03', '40P01'].includes(codeOf(error))

function codeOf(error: unknown): string {
  // The Neon driver rejects with the event of its WebSocket, which holds the error.
  const { code, cause, error: inner } = (error ?? {}) as { code?: unknown; cause?: unknown; error?: unknown }
  if (typeof code === 'string') return code
  return (cause ?? inner) === undefined ? '' : codeOf(cause ?? inner)
}

function toLedgerError(cause: unknown, code: string): LedgerError | null {
  if (code === NO_SUCH_DATABASE)
    return new LedgerError(
      'unavailable',
      'the server has no database of this name; create it, or correct DATABASE_URL',
      { cause },
    )
  if (isRefusal(cause, code))
    return new LedgerError(
      'unavailable',
      'the database refuses this user or this password; correct DATABASE_URL',
      { cause },
    )
  if (code === NO_RIGHT)
    return new LedgerError('unavailable', 'the database does not let this user do that; grant it the right', {
      cause,
    })
  return isUnavailable(cause) ? unavailable(cause, code) : null
}

/** By class 28, or, for a password that is not given at all, in the driver's own words. */
function isRefusal(error: unknown, code: string): boolean {
  return code.startsWith('28') || /^SASL:.*password/.test((error as Error | null)?.message ?? '')
}

function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  if (UNAVAILABLE.has(code) || UNAVAILABLE_SYSTEM.has(code) || code.startsWith('08')) return true
  const { message = '', type = '' } = (error ?? {}) as { message?: string; type?: string }
  if (type === 'error' && !(error instanceof Error)) return true
  // The drivers' own words for a connection that broke or could not be had; they carry no code.
  return /connection terminated|query read timeout|timeout exceeded when trying to connect|connection ended|not queryable|websocket/i.test(
    message,
  )
}

function unavailable(cause: unknown, code: string): LedgerError {
  const slow = code === '57014'
  const sentence = slow
    ? 'the database took too long over this; narrow the question and try again'
    : 'the database cannot be reached right now; try again in a few seconds'
  return new LedgerError('unavailable', sentence, { cause, retryAfterSeconds: 5 })
}
