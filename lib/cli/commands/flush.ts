import type { OpenVerbs } from '../../client/verbs.ts'
import { NotNow } from '../../spool/asking.ts'
import type { Delivery } from '../../spool/deliver.ts'
import { type Flushed, flushSpool } from '../../spool/flush-spool.ts'
import { outputSender } from '../exec/send-outputs.ts'
import { isFinal } from '../exec/track-run.ts'
import { exitCodeOf } from '../exit-code.ts'
import { messageOf } from '../program/option-names.ts'
import { plainLine } from '../terminal/plain-text.ts'
import { sendingBar } from '../terminal/sending-bar.ts'
import { spokenBytes } from '../terminal/spoken-time.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { toJson } from '../terminal/to-json.ts'
import { untilInterrupted } from '../until-interrupted.ts'

export interface FlushDependencies {
  open: () => Promise<OpenVerbs>
  spool: () => Promise<{ home: string }>
  terminal: Terminal
  now: () => Date
  json: boolean
}

const LEFT = 1

/**
 * `flush`: delivers what ended commands have left in the spool. Ends with 0 when nothing is left there, with 5 when the ledger cannot
 * be reached (4 when it refuses the key), and with 1 when it refuses a run, or something is left for another reason.
 */
export function flushCommand(deps: FlushDependencies): Promise<number> {
  return untilInterrupted(deps.terminal, (signal) => flush(deps, signal))
}

async function flush(deps: FlushDependencies, signal: AbortSignal): Promise<number> {
  const { terminal, json, now } = deps
  const { status } = terminal
  const { home } = await deps.spool()
  let opened: OpenVerbs | undefined
  const open = async () => {
    try {
      opened ??= await deps.open()
      return opened
    } catch (error) {
      throw isFinal(error) ? new NotNow(messageOf(error), { isForAll: true, cause: error }) : error
    }
  }
  try {
    const flushed = await flushSpool({
      home,
      now,
      open,
      signal,
      sendOutputs: outputSender(async () => (await open()).verbs, {
        signal,
        warn: terminal.warn,
        onProgress: (sent) => sendingBar(status, `outputs: ${sent.sentFiles} of ${sent.files} files`, sent),
      }),
      onProgress: ({ id, ...sent }) => sendingBar(status, id, sent),
      onDelivery(delivery) {
        status.draw(null)
        if (!json) terminal.print(toLine(delivery, terminal))
      },
    })
    if (json) terminal.print(toJson(toAnswer(flushed)))
    else if (Object.values(flushed).every((runs) => runs.length === 0))
      terminal.print('Nothing waits to be sent.')
    return exitCode(flushed)
  } finally {
    status.draw(null)
    await opened?.close()
  }
}

function toLine(delivery: Delivery, { paint }: Terminal): string {
  const { id } = delivery
  if (delivery.result === 'delivered')
    return `${id}  ${paint('green', 'delivered')}  ${spokenBytes(delivery.bytes)} of log`
  const look = delivery.result === 'waiting' ? 'yellow' : 'red'
  const line = `${id}  ${paint(look, delivery.result)}  ${plainLine(delivery.why)}`
  const folder = delivery.result === 'waiting' ? null : delivery.folder
  return folder === null ? line : `${line}; what it printed is in ${folder}`
}

/** What became of each run, without what is only of use in here. */
function toAnswer({ waiting, ...rest }: Flushed) {
  const bare = <T extends Delivery>({ result: _, ...run }: T) => run
  return {
    delivered: rest.delivered.map(bare),
    waiting: waiting.map(({ id, why }) => ({ id, why })),
    lost: rest.lost.map(bare),
    refused: rest.refused.map(bare),
  }
}

function exitCode({ waiting, refused, lost }: Flushed): number {
  const obstacle = waiting.find(({ isForAll }) => isForAll)
  if (obstacle) return exitCodeOf(obstacle.code ?? 'unavailable')
  const isLeft = waiting.length + refused.length > 0 || lost.some(({ folder }) => folder !== null)
  return isLeft ? LEFT : 0
}
