import type { ShownCronJob } from '../../../lib/client/index.ts'
import { type Ended, runCli } from '../../support/cli.ts'
import { createDatabase } from '../../support/database.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { type ServerProcess, startServerWithDatabase } from '../../support/server.ts'

/** A server with its database, which both ways of the command line lead to, and somebody who takes its calls. */
export interface LedgerOfJobs {
  server: ServerProcess
  receiver: Receiver
  /** Through the server. */
  remote: Record<string, string>
  /** In its database. */
  database: Record<string, string>
  close(): Promise<void>
}

export async function openLedgerOfJobs(): Promise<LedgerOfJobs> {
  const [database, receiver] = await Promise.all([createDatabase(), startReceiver()])
  const env = { DATABASE_URL: database.url, OUTBOUND_ALLOW_LOOPBACK: 'true' }
  const server = await startServerWithDatabase(env)
  return {
    server,
    receiver,
    remote: server.env,
    database: env,
    async close() {
      await server.close()
      await Promise.all([database.drop(), receiver.close()])
    },
  }
}

/** `runledger cron …` of one ledger. */
export function cronIn(env: Record<string, string>) {
  const cron = (...args: string[]): Promise<Ended> => runCli(['cron', ...args], { env })
  /** What it prints as JSON. Throws where it fails. */
  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await cron(...args, '--json')
    if (code !== 0) throw new Error(`cron ${args.join(' ')} ends with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }
  const show = (job: string) => json<ShownCronJob>('show', job)
  return { cron, json, show }
}
