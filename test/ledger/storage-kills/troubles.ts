import type { Operation } from '../../support/s3-server/asked.ts'
import {
  answerLate,
  breakBody,
  changeText,
  corrupt,
  type Fault,
  ignore,
  loseAnswer,
  refuse,
} from '../../support/s3-server/faults.ts'
import type { Chance } from './chance.ts'

/** What the store does wrong for a while. */
export interface Trouble {
  name: string
  operation: Operation | 'any'
  fault: Fault
  times: number
}

type Kind = [name: string, operation: Operation | 'any', fault: (chance: Chance) => Fault]

const KINDS: Kind[] = [
  ['answers 503', 'any', () => refuse(503, 'SlowDown')],
  ['answers 500', 'any', () => refuse(500, 'InternalError')],
  ['cuts the connection', 'any', () => ignore('cut')],
  ['says nothing', 'any', () => ignore('silence')],
  ['loses the answer', 'any', () => loseAnswer()],
  ['is slow', 'any', (chance) => answerLate(chance.below(1_500))],
  ['cuts a body', 'GetObject', (chance) => breakBody(chance.below(5_000), 'cut')],
  ['sends a wrong byte', 'GetObject', (chance) => corrupt(chance.below(1_000) / 1_000)],
  ['loses the answer to a PUT', 'PutObject', () => loseAnswer()],
  ['loses the answer to a part', 'UploadPart', () => loseAnswer()],
  ['loses the answer to the end of an upload', 'CompleteMultipartUpload', () => loseAnswer()],
  ['loses the answer to a removal', 'DeleteObjects', () => loseAnswer()],
  ['removes nothing', 'DeleteObjects', () => refuse(500, 'InternalError')],
  ['lists half', 'ListObjectsV2', () => changeText((xml) => xml.slice(0, xml.length / 2))],
]

/** Up to three at once, each so often that asking again helps, or does not. */
export function troubles(chance: Chance): Trouble[] {
  return Array.from({ length: chance.below(4) }, () => {
    const [name, operation, fault] = chance.pick(KINDS)
    const times = 1 + chance.below(6)
    return { name: `${name}, ${times} times`, operation, fault: fault(chance), times }
  })
}

/** Calls `halt` at the so many-th request, once it is done, or instead. */
export function haltingAt(request: number, when: 'before' | 'after', halt: () => void): Fault {
  let asked = 0
  return (perform, given) => {
    asked++
    if (asked !== request) return perform()
    halt()
    return (when === 'before' ? ignore('cut') : loseAnswer('cut'))(perform, given)
  }
}
