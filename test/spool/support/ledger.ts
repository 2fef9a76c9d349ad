import { join } from 'node:path'
import { ulid } from 'ulid'
import { appendLog } from '../../../lib/ledger/logs/append-log.ts'
import { readLog } from '../../../lib/ledger/logs/read-log.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { silentLog } from '../../../lib/log/silent-log.ts'
import { openDisk } from '../../../lib/objects/disk/open-disk.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { Run } from '../../../lib/run/run.ts'
import { readConfig } from '../../../lib/runtime/config.ts'
import { openPorts } from '../../../lib/runtime/open-ports.ts'
import { hkdfSigner } from '../../../lib/runtime/signer.ts'
import type { SpoolVerbs } from '../../../lib/spool/spool-verbs.ts'
import { must } from '../../contracts/harness.ts'
import { openStore } from '../../contracts/open-store.ts'

/** A ledger of SQLite and files in a folder, for any number of processes. */
export interface TestLedger {
  ctx: Context
  verbs: SpoolVerbs
  place: string
  /** Opens it for a flush. */
  open: () => Promise<{ verbs: SpoolVerbs; place: string }>
  run(id: string): Promise<Run>
  log(id: string): Promise<string>
  /** The types of the run's events. */
  events(id: string): Promise<string[]>
  raw(sql: string): Promise<unknown>
  /** Lets the lease of a run lie long in the past. */
  expire(id: string): Promise<void>
  close(): Promise<void>
}

export async function openTestLedger(folder: string, secret = 'of the tests'): Promise<TestLedger> {
  const store = await openStore({ engine: 'sqlite', path: join(folder, 'runs.db') })
  const objects = await openDisk({
    folder: join(folder, 'objects'),
    signer: hkdfSigner(secret),
    baseUrl: null,
  })
  const config = readConfig({ LOG_MAX_BYTES: '1000000000', REDACT_PII: 'off' }, {})
  const ports = openPorts(store, config, { secret, objects, log: silentLog })
  const ctx: Context = { ...ports, actor: SYSTEM, requestId: ulid() }
  const verbs: SpoolVerbs = {
    startRun: (input) => startRun(ctx, input),
    appendLog: (input) => appendLog(ctx, input),
    heartbeatRun: (input) => heartbeatRun(ctx, input),
    succeedRun: (input) => succeedRun(ctx, input),
    failRun: (input) => failRun(ctx, input),
  }
  return {
    ctx,
    verbs,
    place: folder,
    open: async () => ({ verbs, place: folder }),
    run: async (id) => must((await store.runs.get([id]))[0]),
    async log(id) {
      const pieces: Uint8Array[] = []
      for await (const piece of (await readLog(ctx, { id })).body) pieces.push(piece)
      return Buffer.concat(pieces).toString()
    },
    events: async (id) => (await store.runs.events([{ runId: id, id: 0 }], 500)).map(({ type }) => type),
    raw: (sql) => store.raw(sql),
    expire: async (id) => {
      await store.raw(`UPDATE runs SET "leaseExpiresAt" = '2020-01-01T00:00:00.000Z' WHERE id = '${id}'`)
    },
    close: () => store.close(),
  }
}
