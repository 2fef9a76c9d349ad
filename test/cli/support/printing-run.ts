import { ulid } from 'ulid'
import type { Verbs } from '../../../lib/client/verbs.ts'
import { LogLines } from '../../../lib/run/log-line.ts'
import { readConfig } from '../../../lib/runtime/config.ts'
import { openVerbs } from '../../../lib/runtime/open-verbs.ts'
import { unique } from '../../support/make.ts'

/** A run that a test holds, and what it has printed. */
export interface PrintingRun {
  id: string
  kind: string
  leaseToken: string
  verbs: Verbs
  /** Sends bytes as they are. */
  send(bytes: Uint8Array): Promise<void>
  /** Prints, as a script would; a line that has no end yet is sent as a piece of one. */
  print(text: string, at?: string): Promise<void>
  /** All that was sent. */
  log(): string
  end(error?: string): Promise<void>
  close(): Promise<void>
}

/** Starts a run where `env` says. */
export async function startPrinting(env: Record<string, string>): Promise<PrintingRun> {
  const { verbs, close } = await openVerbs(readConfig({}, env), { remote: false })
  const [id, kind] = [ulid(), unique('printing')]
  const { leaseToken } = await verbs.startRun({ id, kind, workerId: 'test', leaseSeconds: 3_600 })
  const lines = new LogLines(id)
  const sent: Uint8Array[] = []
  let offset = 0
  const send = async (bytes: Uint8Array) => {
    sent.push(bytes)
    offset = (await verbs.appendLog({ id, leaseToken, offset, bytes })).nextOffset
  }
  return {
    id,
    kind,
    leaseToken,
    verbs,
    send,
    print: (text, at = new Date().toISOString()) =>
      send(
        Buffer.concat([
          lines.add('out', Buffer.from(text), Date.parse(at)),
          lines.flushUnfinished(Date.parse(at)),
        ]),
      ),
    log: () => Buffer.concat(sent).toString(),
    async end(error) {
      if (error === undefined) await verbs.succeedRun({ leaseToken, logBytes: offset })
      else await verbs.failRun({ leaseToken, error, retryable: false, logBytes: offset })
    },
    close,
  }
}
