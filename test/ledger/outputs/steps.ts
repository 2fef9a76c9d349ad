import { afterAll, beforeAll, expect } from 'vitest'
import { addOutput } from '../../../lib/ledger/outputs/add-output.ts'
import { commitOutput } from '../../../lib/ledger/outputs/commit-output.ts'
import { putOutput } from '../../../lib/ledger/outputs/put-output.ts'
import type { OutputUpload } from '../../../lib/ledger/outputs/upload.ts'
import { failRun } from '../../../lib/ledger/runs/complete-runs.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import type { Run } from '../../../lib/run/run.ts'
import type { RunOutput } from '../../../lib/run/run-output.ts'
import { type Engine, must } from '../../contracts/harness.ts'
import { text } from '../../contracts/object-store/steps.ts'
import type { ObjectHarness } from '../../contracts/object-store.contract.ts'
import { openDiskHarness } from '../../objects/disk-server.ts'
import { POSTGRES, SQLITE, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { s3Harness } from '../../support/s3-harness.ts'
import { startS3Server } from '../../support/s3-server/start.ts'
import { claimed, makeDue, stored, working } from '../steps.ts'

/** A database, and where the files are; what the one does has nothing to do with the other, so each is met once. */
interface Place {
  name: string
  engine: Engine
  open: () => Promise<ObjectHarness>
}

export const PLACES: Place[] = [
  { name: 'SQLite, and a disk behind a socket', engine: SQLITE, open: openDiskHarness },
  {
    name: 'Postgres, and the S3 test server',
    engine: POSTGRES,
    open: async () => {
      const server = await startS3Server()
      return s3Harness(server.options, server.close)
    },
  },
]

/** A run in somebody's hands, and the people around it. */
export interface Held {
  id: string
  run: Run
  leaseToken: string
  worker: Context
  person: Context
}

export interface TestOutputs {
  ledger: TestLedger
  objects: ObjectStore
  admin: Context
  /** A run of a project nobody else has, in a worker's hands. */
  hold(): Promise<Held>
  /** The same run, given back and claimed again. */
  holdAgain(held: Held): Promise<Held>
}

/** One ledger whose files can be reached over sockets, for the tests of the `describe` this is called in. */
export function useOutputs({ engine, open }: Place): () => TestOutputs {
  const at = useLedger(engine)
  let harness: ObjectHarness | undefined
  beforeAll(async () => {
    harness = await open()
  })
  afterAll(() => harness?.close())
  return () => {
    const ledger = at()
    const objects = must(harness).store
    const hold = async () => {
      const tenant = ledger.tenant()
      const worker = { ...tenant.worker, objects }
      const person = { ...tenant.person, objects }
      return { ...(await working({ ...tenant, worker, person })), worker, person }
    }
    return {
      ledger,
      objects,
      admin: { ...ledger.as(), objects },
      hold,
      async holdAgain({ id, leaseToken, worker, person }) {
        await failRun(worker, { leaseToken, error: 'released', retryable: true })
        await makeDue(ledger, id)
        return { ...(await claimed(worker)), id, worker, person }
      },
    }
  }
}

/** A stranger's PUT, as it was said to be sent. */
export async function send(
  { url, headers }: { url: string; headers: Record<string, string> },
  bytes: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const response = await fetch(url, { method: 'PUT', headers, body: bytes })
  await response.arrayBuffer()
  return response.status
}

type Announcing = Omit<Parameters<typeof addOutput>[1], 'leaseToken'>
type Whole = Extract<OutputUpload, { method: 'put' }>
type InParts = Extract<OutputUpload, { method: 'parts' }>

export function announce({ worker, leaseToken }: Held, input: Announcing): Promise<OutputUpload> {
  return addOutput(worker, { leaseToken, ...input })
}

export async function announceWhole(held: Held, input: Announcing): Promise<Whole> {
  const answer = await announce(held, input)
  return answer.method === 'put' ? answer : expect.fail(`${answer.method}, not put`)
}

export async function announceParts(held: Held, input: Announcing): Promise<InParts> {
  const answer = await announce(held, input)
  return answer.method === 'parts' ? answer : expect.fail(`${answer.method}, not parts`)
}

export function commit({ worker, leaseToken }: Held, path: string): Promise<RunOutput> {
  return commitOutput(worker, { leaseToken, path })
}

/** A small file, all three steps. */
export async function upload(held: Held, path: string, words = path): Promise<RunOutput> {
  const bytes = text(words)
  expect(await send(await announceWhole(held, { path, bytes: bytes.length }), bytes)).toBe(200)
  return commit(held, path)
}

export async function* pieces(...all: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of all) yield typeof piece === 'string' ? text(piece) : piece
}

/** A file in one step. */
export function put(
  { worker, leaseToken }: Held,
  path: string,
  ...all: (string | Uint8Array)[]
): Promise<RunOutput> {
  return putOutput(worker, { leaseToken, path }, pieces(...all))
}

/** Every key below the folder of a run. */
export async function keysOf({ objects, ledger }: TestOutputs, id: string): Promise<string[]> {
  const { folderName } = await stored(ledger, id)
  const prefix = `jobs/${folderName}/`
  return (await objects.list({ prefix })).map(({ key }) => key.slice(prefix.length))
}

/** How many uploads go on below the folder of a run. */
export async function uploadsOf({ objects, ledger }: TestOutputs, id: string): Promise<number> {
  const { folderName } = await stored(ledger, id)
  return (await objects.listMultiparts({ prefix: `jobs/${folderName}/` })).length
}
