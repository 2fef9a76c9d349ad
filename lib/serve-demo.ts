import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { keepRunning } from './demo/keep-running.ts'
import { seedDemo } from './demo/seed-demo.ts'
import { SYSTEM } from './ports/actor.ts'
import type { Config } from './runtime/config.ts'
import { openServer } from './runtime/open-server.ts'
import { endOrphan } from './runtime/postgres-server/end-orphan.ts'
import { shiftBack } from './runtime/shift-back.ts'
import { stdoutLog } from './runtime/stdout-log.ts'
import { untilStopped } from './runtime/until-stopped.ts'
import { startServer } from './serve.ts'

export interface DemoOptions {
  /** How much history. */
  days: number
  /** Told how much of it is made, 0 to 1. */
  progress: (done: number) => void
  /** Told once somebody can look. */
  ready: (url: string, key: string) => void
}

/** Where a real ledger is, and who hears of it: nobody is told of what is made up. */
const NOT_ITS_OWN = {
  DATABASE_URL: undefined,
  S3_BUCKET: undefined,
  SMTP_URL: undefined,
  ALERT_EMAIL_TO: undefined,
  ALERT_WEBHOOK_URL: undefined,
  ALERT_SLACK_URL: undefined,
}

const BY = { actor: { ...SYSTEM, name: 'demo' }, requestId: 'demo' }

/** `runledger demo`: a ledger of its own, made anew, with some days of history and scripts that run; until it is stopped. */
export async function demoCommand(config: Config, { days, progress, ready }: DemoOptions): Promise<void> {
  const folder = join(config.RUNLEDGER_DATA_DIR, 'demo')
  // Nobody takes the folder away from a demo that runs in it.
  await endOrphan(join(folder, 'postgres'))
  await rm(folder, { recursive: true, force: true })
  // Nobody's ledger: its database and its files are in its own folder, whatever is configured.
  const own = { ...config, ...NOT_ITS_OWN, RUNLEDGER_DATA_DIR: folder }
  const seeding = await openServer(own, stdoutLog('silent'), () => '')
  const { shift, settle, close } = shiftBack(seeding.databaseUrl)
  try {
    await seedDemo({ ...seeding.ports, ...BY }, { days, progress, shift })
    await settle()
  } finally {
    await close()
    await seeding.close()
  }
  const stopped = untilStopped()
  const server = await startServer(own, stdoutLog('warn'))
  const stopping = new AbortController()
  const running = keepRunning({ ...server.ports, ...BY }, stopping.signal)
  ready(server.url, server.admin.key)
  await stopped
  stopping.abort()
  await running
  await server.stop()
}
