import { hostname } from 'node:os'
import { ulid } from 'ulid'
import { tellFields } from '../log/tell-fields.ts'
import type { Log } from '../ports/log.ts'
import { childEnvironment } from './child-environment.ts'
import { Environment } from './config.ts'
import { homeOf } from './home.ts'
import { stdoutLog } from './stdout-log.ts'

/** What a worker takes from the process it runs in. */
export interface WorkerSurroundings {
  /** The value of a variable that holds a secret of runs; none of Runledger's own. */
  secretIn(variable: string): string | undefined
  workerId: string
  newId(): string
  random(): number
  now(): Date
  /** The folder that is this machine's own. */
  home: string
  tellFields(fields: Record<string, unknown>): Record<string, unknown>
  /** JSON lines on stdout. */
  log: Log
  /** Resolves when all that was logged has been taken, or nobody takes it any more. */
  logTaken(): Promise<void>
  /** Of a command that does a run: ours without the secrets of other runs, and without what opens the ledger itself. */
  childEnvironment(runId: string): { env: NodeJS.ProcessEnv; marker: string }
}

/** A command that does a run has no business with the database, nor with a key that may do everything. */
const OURS_ALONE = ['RUNLEDGER_ADMIN_KEY', 'DATABASE_URL', 'DATABASE_URL_DIRECT']

/** A program that has a worker in it may have another use for the name. */
const LogLevel = Environment.shape.LOG_LEVEL.catch('info')

/** Those of this process. */
export function workerSurroundings(): WorkerSurroundings {
  return {
    // A run may name any secret, and ours (RUNLEDGER_SECRET_PREVIOUS) are none of its business.
    secretIn: (variable) => (variable in Environment.shape ? undefined : process.env[variable]),
    workerId: `worker:${hostname()}:${process.pid}`,
    newId: ulid,
    random: Math.random,
    now: () => new Date(),
    home: homeOf({ RUNLEDGER_HOME: process.env.RUNLEDGER_HOME || undefined }),
    tellFields,
    log: stdoutLog(LogLevel.parse(process.env.LOG_LEVEL)),
    logTaken: () =>
      new Promise((taken) => {
        if (process.stdout.writableLength === 0) taken()
        else process.stdout.write('', () => taken())
      }),
    childEnvironment(runId) {
      const { env, marker } = childEnvironment(runId)
      const open = Object.entries(env).filter(
        ([name]) => !name.startsWith('RUNLEDGER_SECRET') && !OURS_ALONE.includes(name),
      )
      return { env: Object.fromEntries(open), marker }
    },
  }
}
