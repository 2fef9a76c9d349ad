import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RUNLEDGER, until } from '../support/cli.ts'
import { api } from '../support/server.ts'
import { timed } from './measure.ts'
import { runWatched } from './watched-process.ts'
import { ADMIN_KEY, type BenchServer } from './with-server.ts'

const PROGRAM = join(import.meta.dirname, 'programs/print-lines.mjs')
const KIND = 'bench.print'
const KEPT_WITHIN_MS = 120_000

/** A script that prints much, in each way to run it: into a file, always. */
export class PrintingScript {
  /** The most memory that any of those processes took. */
  readonly peaks = { exec: 0, flush: 0 }
  readonly #home: string
  readonly #bytes: number
  readonly #env: Record<string, string>

  constructor(home: string, bytes: number, serverUrl: string) {
    this.#home = home
    this.#bytes = bytes
    this.#env = { HOME: home, RUNLEDGER_API_URL: serverUrl, RUNLEDGER_API_KEY: ADMIN_KEY }
  }

  /** How many ms it took, by itself. */
  async alone(): Promise<number> {
    await this.#run(this.#command)
    return await this.#took()
  }

  /** The same, where somebody else writes what it prints into the file. */
  async throughCat(): Promise<number> {
    await this.#run(['sh', '-c', '"$@" | cat', 'sh', ...this.#command])
    return await this.#took()
  }

  /** The same, tracked. */
  async tracked(): Promise<number> {
    const { peakBytes } = await this.#run([
      ...[process.execPath, RUNLEDGER, 'exec', '--kind', KIND, '--'],
      ...this.#command,
    ])
    this.peaks.exec = Math.max(this.peaks.exec, peakBytes)
    return await this.#took()
  }

  /** Sends what is left, and tells how many ms that took. */
  async flush(): Promise<number> {
    const { ms, peakBytes } = await this.#run([process.execPath, RUNLEDGER, 'flush'])
    this.peaks.flush = peakBytes
    return ms
  }

  /** Waits until so many logs are one object each. */
  async untilKept({ url, key }: BenchServer, count: number): Promise<void> {
    const { get } = api(url, key)
    const areKept = async () => {
      const { body } = await get<{ data: { logFile: string | null }[] }>(`/v1/runs?kind=${KIND}&limit=100`)
      return body.data.length === count && body.data.every(({ logFile }) => logFile !== null)
    }
    await until(areKept, `the logs of ${count} runs`, KEPT_WITHIN_MS)
  }

  /** Reads each log as it was printed; throws where one differs by a byte. How many ms one took, in the middle. */
  async readBack({ url, key }: BenchServer): Promise<number[]> {
    await this.#run(this.#command)
    const expected = await hashOf(createReadStream(this.#printed))
    const { body } = await api(url, key).get<{ data: { id: string }[] }>(`/v1/runs?kind=${KIND}&limit=100`)
    const times: number[] = []
    for (const { id } of body.data)
      times.push(
        await timed(async () => {
          const log = await fetch(`${url}/v1/runs/${id}/logs?format=raw`, {
            headers: { authorization: `Bearer ${key}` },
          })
          const found = await hashOf(Readable.from(log.body ?? []))
          if (found !== expected) throw new Error(`the log of run ${id} is not what was printed`)
        }),
      )
    return times
  }

  get #command(): string[] {
    return [process.execPath, PROGRAM, String(this.#bytes), join(this.#home, 'took')]
  }

  get #printed(): string {
    return join(this.#home, 'printed')
  }

  #run(command: string[]) {
    return runWatched(command, { stdout: this.#printed, env: this.#env })
  }

  async #took(): Promise<number> {
    return Number(await readFile(join(this.#home, 'took'), 'utf8'))
  }
}

async function hashOf(source: NodeJS.ReadableStream): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(source, hash)
  return hash.digest('hex')
}
