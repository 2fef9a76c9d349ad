import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { putOutput } from '../../lib/ledger/outputs/put-output.ts'
import { claimRuns } from '../../lib/ledger/runs/claim-runs.ts'
import { succeedRun } from '../../lib/ledger/runs/complete-runs.ts'
import { enqueueRun } from '../../lib/ledger/runs/enqueue-run.ts'
import { getRun } from '../../lib/ledger/runs/get-run.ts'
import type { Context } from '../../lib/ports/context.ts'
import { startProcess } from '../support/cli.ts'
import { type Ledger, openLedger } from './peers/runledger.ts'
import type { Moved, Moving } from './programs/move-files.ts'
import { runWatched } from './watched-process.ts'

const PROGRAM = join(import.meta.dirname, 'programs/move-files.ts')
const KIND = 'bench.archive'

/** What it took until a run's files were elsewhere: how long each invocation was, and the most memory one had. */
export interface Took {
  ms: number[]
  peakBytes: number
}

/** A run with files in a real ledger, which processes of their own archive and restore. */
export class FilledRun {
  readonly #home: string
  readonly #ledger: Ledger
  readonly #folder: string
  readonly #sums = new Map<string, string>()
  #id = ''

  private constructor(home: string, ledger: Ledger, folder: string) {
    this.#home = home
    this.#ledger = ledger
    this.#folder = folder
  }

  /** One in the database at `url`, with the files in a folder of `home`. */
  static async open(home: string, url: string): Promise<FilledRun> {
    const folder = join(home, 'objects')
    return new FilledRun(home, await openLedger(url, folder), folder)
  }

  close(): Promise<void> {
    return this.#ledger.close()
  }

  /** Makes the run: it has left these files, and has ended. */
  async fill(
    files: Iterable<{ path: string; body: Buffer }> | AsyncIterable<{ path: string; body: Buffer }>,
  ): Promise<void> {
    const { ctx } = this.#ledger
    const { run } = await enqueueRun(ctx, { kind: KIND })
    const [claimed] = await claimRuns(ctx, { workerId: 'bench', kinds: [KIND], leaseSeconds: 3_600 })
    if (claimed?.run.id !== run.id) throw new Error('somebody else has the run')
    const { leaseToken } = claimed
    for await (const { path, body } of files) {
      await putOutput(ctx, { leaseToken, path }, once(body))
      this.#sums.set(path, createHash('sha256').update(body).digest('hex'))
    }
    await succeedRun(ctx, { leaseToken })
    this.#id = run.id
  }

  /** Archives it in invocations of so many ms; throws unless nothing is left of its files, and tar finds all of them. */
  async archive(passMs: number | null): Promise<Took> {
    const took = await this.#move('archive', passMs, 'archived')
    if ((await this.#keys()).length > 0) throw new Error('files are left beside their archive')
    const { archivePath } = await getRun(this.#ledger.ctx, { id: this.#id })
    const listed = await this.#listed(archivePath ?? '')
    if (listed !== this.#sums.size + 1)
      throw new Error(`tar finds ${listed} files, and not ${this.#sums.size + 1}`)
    return took
  }

  /** Restores it; throws unless every byte is as it was. */
  async restore(passMs: number | null): Promise<Took> {
    const took = await this.#move('restore', passMs, 'active')
    const keys = await this.#keys()
    if (keys.length !== this.#sums.size) throw new Error(`${keys.length} files came back`)
    for (const key of keys) {
      const path = key.split('/').slice(2).join('/')
      if ((await sumOf(this.#ledger.ctx, key)) !== this.#sums.get(path))
        throw new Error(`${path} is not as it was`)
    }
    return took
  }

  async #move(what: Moving['what'], passMs: number | null, until: Moved['storageState']): Promise<Took> {
    const took: Took = { ms: [], peakBytes: 0 }
    const moving: Moving = { what, url: this.#ledger.url, folder: this.#folder, id: this.#id, passMs }
    await writeFile(this.#at('moving.json'), JSON.stringify(moving))
    for (;;) {
      const { peakBytes } = await runWatched(
        [process.execPath, PROGRAM, this.#at('moving.json'), this.#at('moved.json')],
        { stdout: this.#at('said'), env: { HOME: this.#home } },
      )
      const { ms, storageState }: Moved = JSON.parse(await readFile(this.#at('moved.json'), 'utf8'))
      took.ms.push(ms)
      took.peakBytes = Math.max(took.peakBytes, peakBytes)
      if (storageState === until) return took
      if (passMs === null) throw new Error(`it is ${storageState}, and not ${until}`)
    }
  }

  async #keys(): Promise<string[]> {
    const keys: string[] = []
    for (;;) {
      const page = await this.#ledger.ctx.objects.list({ prefix: 'jobs/', startAfter: keys.at(-1) ?? '' })
      if (page.length === 0) return keys
      keys.push(...page.map(({ key }) => key))
    }
  }

  async #listed(key: string): Promise<number> {
    const found = await this.#ledger.ctx.objects.get(key)
    if (found === null) throw new Error(`${key} is not there`)
    await pipeline(found.body, createWriteStream(this.#at('archive.tar.gz')))
    const { code, stdout, stderr } = await startProcess('tar', ['tzf', this.#at('archive.tar.gz')]).ended
    if (code !== 0) throw new Error(`tar ended with ${code}: ${stderr}`)
    return stdout.trimEnd().split('\n').length
  }

  #at(name: string): string {
    return join(this.#home, name)
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function sumOf({ objects }: Context, key: string): Promise<string> {
  const found = await objects.get(key)
  const hash = createHash('sha256')
  for await (const piece of found?.body ?? []) hash.update(piece)
  return hash.digest('hex')
}
