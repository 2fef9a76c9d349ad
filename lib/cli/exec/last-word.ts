import type { Delivery } from '../../spool/deliver.ts'
import { spokenBytes } from '../terminal/spoken-time.ts'
import { type Patience, SENDING_MS } from './patience.ts'
import type { Trouble } from './trouble.ts'

export interface Story {
  trouble: Trouble
  /** Somebody else has canceled the run, and it stopped. */
  isCanceled: boolean
  /** The ledger knows the run. */
  hasStarted: boolean
  sent: { sentBytes: number; bytes: number }
  /** With which the delivery was waited for; it knows why it was ended, if it was. */
  patience: Pick<Patience, 'why' | 'silenceMs'> | undefined
  /** What sends the rest; null where nothing of it is kept. */
  flushCommand: string | null
}

/** What its owner must know of a run that is not in the ledger as it should be, in one line; null where there is nothing. */
export function lastWord(delivery: Delivery, story: Story): string | null {
  switch (delivery.result) {
    case 'delivered':
      return null
    case 'lost':
      return ofLost(delivery, story)
    case 'refused':
      return ofRefused(delivery, story)
    case 'waiting':
      return ofWaiting(delivery, story)
  }
}

type Result<R> = Extract<Delivery, { result: R }>

function ofLost({ id, why, folder }: Result<'lost'>, { isCanceled }: Story): string | null {
  if (isCanceled && folder === null) return null
  const rest = folder === null ? '' : `; what it printed last is in ${folder}`
  return isCanceled
    ? `run ${id} was canceled${rest}`
    : `the end of run ${id} is not in the ledger: ${why}${rest}`
}

function ofRefused({ id, why, folder }: Result<'refused'>, { trouble }: Story): string | null {
  if (trouble.isTold) return null
  const rest = folder === null ? '' : `; what it printed is in ${folder}`
  return `run ${id} is not in the ledger: ${trouble.message ?? why}${rest}`
}

function ofWaiting({ id, why }: Result<'waiting'>, story: Story): string | null {
  const { trouble, hasStarted, sent, patience, flushCommand } = story
  if (trouble.isTold && trouble.isFinal) return null
  const send = flushCommand === null ? '' : `; send it with: ${flushCommand}`
  if (patience?.why === 'length')
    return `${spokenBytes(sent.sentBytes)} of ${spokenBytes(sent.bytes)} of the log of run ${id} were sent in ${SENDING_MS / 1_000} s${send.replace('it', 'the rest')}`
  const what = hasStarted ? `the end of run ${id}` : `run ${id}`
  const reason = patience?.why === 'silence' ? `no answer in ${patience.silenceMs / 1_000} s` : why
  return `${what} is not in the ledger yet${trouble.isTold ? '' : `: ${trouble.message ?? reason}`}${send}`
}
