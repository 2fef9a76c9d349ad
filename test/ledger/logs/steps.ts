import { appendLog } from '../../../lib/ledger/logs/append-log.ts'
import { compactLog } from '../../../lib/ledger/logs/compact-log.ts'
import { readLog } from '../../../lib/ledger/logs/read-log.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { Tenant, TestLedger } from '../../support/open-ledger.ts'
import { working } from '../steps.ts'

/** Somebody who holds a run and writes its log. */
export class Writer {
  readonly id: string
  readonly leaseToken: string
  readonly #worker: Context
  offset = 0

  constructor(worker: Context, { id, leaseToken }: { id: string; leaseToken: string }) {
    this.#worker = worker
    this.id = id
    this.leaseToken = leaseToken
  }

  /** Sends text, or bytes, as the next chunk. */
  async write(text: string | Uint8Array): Promise<number> {
    const bytes = Buffer.from(text as string)
    const { nextOffset } = await this.send(this.offset, bytes)
    this.offset = nextOffset
    return nextOffset
  }

  send(offset: number, text: string | Uint8Array) {
    const bytes = Buffer.from(text as string)
    return appendLog(this.#worker, { id: this.id, leaseToken: this.leaseToken, offset, bytes })
  }

  succeed(logBytes?: number) {
    const told = logBytes === undefined ? {} : { logBytes }
    return succeedRun(this.#worker, { id: this.id, leaseToken: this.leaseToken, ...told })
  }
}

/** A run in somebody's hands, and who reads it. */
export async function writing(ledger: TestLedger, tenant: Tenant = ledger.tenant()) {
  const writer = new Writer(tenant.worker, await working(tenant))
  return { writer, id: writer.id, ...tenant }
}

/** The log, or a part of it, as text. */
export async function logOf(reader: Context, id: string, part: object = {}): Promise<string> {
  return textOf((await readLog(reader, { id, ...part })).body)
}

export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** The keys of all objects of one run's log. */
export async function keysOf({ ports }: TestLedger, id: string): Promise<string[]> {
  const all = await ports.objects.list({ prefix: 'logs/' })
  return all.map(({ key }) => key).filter((key) => key.includes(id))
}

export const compact = (ledger: TestLedger, id: string) => compactLog(ledger.as(), id)

/** A line as a worker writes it. */
export const line = (id: string, text: string, mark: ':' | '~' = ':') =>
  `[2026-11-22T10:00:00.000Z] ${id}${mark} ${text}\n`
