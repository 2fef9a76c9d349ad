import { basename, join } from 'node:path'
import { type AskingOptions, messageOf, NotNow } from './asking.ts'
import { type DeliverOptions, type Delivery, deliver } from './deliver.ts'
import { listFolders, putAside, spoolIn, sweepSpool } from './folders.ts'
import { readJson } from './json-file.ts'
import { openLeftRun } from './left-run.ts'
import { isHeld, type Ownership, takeFolder } from './owner.ts'
import { RunRecord } from './records.ts'
import type { SpoolVerbs } from './spool-verbs.ts'

export interface FlushOptions
  extends Omit<AskingOptions, 'open'>,
    Pick<DeliverOptions, 'sendOutputs' | 'onProgress'> {
  home: string
  /** Opens the ledger; asked when there is something to deliver. The caller closes it. */
  open: () => Promise<{ verbs: SpoolVerbs; place: string }>
  now: () => Date
  /** Told of each run, when it has had its turn. */
  onDelivery?: (delivery: Delivery) => void
}

/** What became of the runs whose processes are gone. Those of living ones, and those another flush has, are in none. */
export type Flushed = { [R in Delivery['result']]: Extract<Delivery, { result: R }>[] }

/**
 * Delivers what ended processes left in the spool, the oldest run first. Safe beside running ones and beside another flush. A
 * ledger that is away is tried three times (`tries`), then the rest waits.
 */
export async function flushSpool(options: FlushOptions): Promise<Flushed> {
  const spool = spoolIn(options.home)
  const flushed: Flushed = { delivered: [], waiting: [], lost: [], refused: [] }
  const open = opener(options.open)
  let obstacle: string | undefined
  await sweepSpool(spool, options.now)
  for (const folder of await listFolders(spool)) {
    const delivery = obstacle
      ? await waitingBehind(obstacle, folder, options.now)
      : await flushFolder(folder, open, options)
    if (!delivery) continue
    ;(flushed[delivery.result] as Delivery[]).push(delivery)
    options.onDelivery?.(delivery)
    if (delivery.result === 'waiting' && delivery.isForAll) obstacle = delivery.why
  }
  return flushed
}

/** Opens what is open only once. */
function opener(open: FlushOptions['open']): FlushOptions['open'] {
  let opened: Awaited<ReturnType<FlushOptions['open']>> | undefined
  return async () => {
    opened ??= await open()
    return opened
  }
}

async function flushFolder(
  folder: string,
  open: FlushOptions['open'],
  options: FlushOptions,
): Promise<Delivery | null> {
  try {
    if ((await readJson(join(folder, 'run.json'), RunRecord)) === 'newer') return waiting(folder, NEWER)
    const owner = await takeFolder(folder, options.now)
    if (!owner) return null
    return await deliverLeft(owner, open, options).finally(() => owner.release())
  } catch (error) {
    return waiting(folder, messageOf(error))
  }
}

async function deliverLeft(
  owner: Ownership,
  open: FlushOptions['open'],
  options: FlushOptions,
): Promise<Delivery> {
  const { folder } = owner
  const left = await openLeftRun(owner)
  if ('newer' in left) return waiting(folder, NEWER)
  if ('torn' in left) {
    const aside = await putAside(folder, left.torn)
    return { id: idOf(folder), result: 'refused', why: left.torn, folder: aside }
  }
  const openItsOwn = async () => {
    const { verbs, place } = await open()
    if (isSamePlace(place, left.record.place)) return verbs
    throw new NotNow(`it belongs to ${left.record.place}, and this is ${place}`, { isForAll: false })
  }
  return await deliver(left, { tries: 3, ...options, open: openItsOwn, beats: true }).finally(() =>
    left.close(),
  )
}

async function waitingBehind(why: string, folder: string, now: () => Date): Promise<Delivery | null> {
  return (await isHeld(folder, now)) ? null : waiting(folder, why)
}

/** A URL may end with a slash or not. */
const isSamePlace = (one: string, other: string) => one.replace(/\/+$/, '') === other.replace(/\/+$/, '')

const NEWER = 'a newer runledger left it; only such a one can send it'

function waiting(folder: string, why: string): Delivery {
  return { id: idOf(folder), result: 'waiting', why, isForAll: false }
}

const idOf = (folder: string) => basename(folder).slice(0, 26)
