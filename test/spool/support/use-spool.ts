import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterAll, beforeAll } from 'vitest'
import { LogLines } from '../../../lib/run/log-line.ts'
import { openSpool, type Spool } from '../../../lib/spool/open-spool.ts'
import { must } from '../../contracts/harness.ts'
import { openTestLedger, type TestLedger } from './ledger.ts'

/** A home with a spool in it, and the ledger that it is delivered to. */
export interface TestSpool {
  home: string
  ledger: TestLedger
  spool: Spool
  /** What could not be kept, by run. */
  full: [runId: string, reason: string][]
}

/** One ledger for the tests of the `describe` this is called in, and a new home each time it is asked for. */
export function useSpools(): () => Promise<TestSpool> {
  let folder: string | undefined
  let ledger: TestLedger | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runledger-spool-'))
    ledger = await openTestLedger(folder)
  })
  afterAll(async () => {
    await ledger?.close()
    await rm(must(folder), { recursive: true, force: true })
  })
  return async () => {
    const home = await mkdtemp(join(must(folder), 'home-'))
    const full: TestSpool['full'] = []
    const { place } = must(ledger)
    const spool = openSpool({ home, place, now, onFull: (...told) => full.push(told) })
    return { home, ledger: must(ledger), spool, full }
  }
}

export const now = () => new Date()

/** A run of this moment, as `exec` starts one. */
export function newStart() {
  return { id: ulid(), kind: 'test.spool', workerId: 'spool-test', startedAt: now().toISOString() }
}

/** The lines of a run's log. */
export function linesOf(id: string, ...texts: string[]): Buffer {
  return new LogLines(id).add('stdout', Buffer.from(texts.map((text) => `${text}\n`).join('')), Date.now())
}

/** So many bytes of lines, and a few more. */
export function manyLines(id: string, bytes: number): Buffer {
  const lines = new LogLines(id)
  const text = Buffer.from(`${'0123456789'.repeat(9)}\n`.repeat(1_000))
  const parts: Buffer[] = []
  for (let length = 0; length < bytes; length += parts.at(-1)?.length ?? 0)
    parts.push(lines.add('stdout', text, Date.now()))
  return Buffer.concat(parts)
}

export const SUCCESS = { method: 'succeedRun' as const, report: { exitCode: 0 } }
