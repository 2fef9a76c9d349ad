import { describe, expect, it } from 'vitest'
import { commitOutput } from '../../../lib/ledger/outputs/commit-output.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { outputKey } from '../../../lib/run/output-path.ts'
import { must } from '../../contracts/harness.ts'
import { makeBytes, sha256, text } from '../../contracts/object-store/steps.ts'
import { refusal, stored } from '../steps.ts'
import {
  announce,
  announceParts,
  announceWhole,
  commit,
  type Held,
  keysOf,
  PLACES,
  send,
  upload,
  uploadsOf,
  useOutputs,
} from './steps.ts'

const MIB = 1024 * 1024
const LARGE = 65 * MIB

describe.each(PLACES)('committing an output with $name', (place) => {
  const at = useOutputs(place)
  const run = (held: Held) => stored(at().ledger, held.id)
  const keyOf = async (held: Held, path: string) => outputKey(must((await run(held)).folderName), 1, path)

  /** The holder, with something done right before a store answers what it has of an object. */
  const meddled = (held: Held, meddle: () => Promise<unknown>): Held => {
    let done = false
    const get: ObjectStore['get'] = async (...asked) => {
      const found = await held.worker.objects.get(...asked)
      if (!done) {
        done = true
        await meddle()
      }
      return found
    }
    return { ...held, worker: { ...held.worker, objects: { ...held.worker.objects, get } } }
  }

  it('records what is there, once, however often it is asked', async () => {
    const held = await at().hold()
    const bytes = text('a,b\n')
    const asked = { path: 'a.csv', bytes: bytes.length, contentType: 'text/csv; charset=utf-8' }
    expect(await send(await announceWhole(held, asked), bytes)).toBe(200)
    const output = await commit(held, 'a.csv')
    expect(output).toEqual({
      ...asked,
      sha256: sha256(bytes),
      fence: 1,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(await commit(held, 'a.csv')).toEqual(output)
    expect(await run(held)).toMatchObject({ outputBytes: bytes.length, outputCount: 1 })
    const object = must(await at().objects.head(await keyOf(held, 'a.csv')))
    expect(object).toMatchObject({ bytes: bytes.length, contentType: asked.contentType })
    await succeedRun(held.worker, { leaseToken: held.leaseToken })
    expect(await commit(held, 'a.csv')).toEqual(output)
  })

  it('takes an empty file, and one whose hash nobody announced', async () => {
    const held = await at().hold()
    expect(await upload(held, 'empty', '')).toMatchObject({ bytes: 0, sha256: sha256(text('')) })
    expect(await upload(held, 'a', 'abc')).toMatchObject({ bytes: 3, sha256: sha256(text('abc')) })
  })

  it('of a file that is not there is a conflict that says so', async () => {
    const held = await at().hold()
    const unknown = await refusal(commit(held, 'a'))
    expect(unknown).toMatchObject({ code: 'conflict', message: expect.stringContaining('not announced') })
    await announce(held, { path: 'a', bytes: 3 })
    const missing = await refusal(commit(held, 'a'))
    expect(missing).toMatchObject({ code: 'conflict', message: expect.stringContaining('not uploaded yet') })
    expect(await run(held)).toMatchObject({ outputCount: 0 })
  })

  it('of other bytes than announced records nothing, and the file can be sent again', async () => {
    const held = await at().hold()
    const right = text('abc')
    const asked = { path: 'a', bytes: 3, sha256: sha256(right) }
    expect(await send(await announceWhole(held, asked), text('abd'))).toBe(200)
    const error = await refusal(commit(held, 'a'))
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(asked.sha256) })
    expect(await keysOf(at(), held.id)).toEqual([])
    expect(await run(held)).toMatchObject({ outputCount: 0, outputBytes: 0 })
    expect(await refusal(commit(held, 'a'))).toMatchObject({ code: 'conflict' })
    expect(await send(await announceWhole(held, asked), right)).toBe(200)
    expect(await commit(held, 'a')).toMatchObject({ sha256: asked.sha256 })
  })

  it('of another length, however it came there, is told both', async () => {
    const held = await at().hold()
    await announce(held, { path: 'a', bytes: 3 })
    await at().objects.put(await keyOf(held, 'a'), text('four'))
    const error = await refusal(commit(held, 'a'))
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining('4 bytes') })
    expect(error.message).toContain('3 were announced')
    expect(await keysOf(at(), held.id)).toEqual([])
  })

  it('of parts that make another file than announced is refused, and it can be sent again', async () => {
    const held = await at().hold()
    const bytes = makeBytes(LARGE)
    const asked = { path: 'big', bytes: LARGE, sha256: sha256(bytes) }
    const sendAll = async (spoil: boolean) => {
      const { parts, partBytes } = await announceParts(held, asked)
      for (const part of parts) {
        const from = (part.number - 1) * partBytes
        const body = bytes.slice(from, from + part.bytes)
        if (spoil && part.number === 3) body[7] = (body[7] ?? 0) ^ 1
        expect(await send(part, body)).toBe(200)
      }
    }
    await sendAll(true)
    expect(await refusal(commit(held, 'big'))).toMatchObject({ code: 'invalid' })
    expect(await keysOf(at(), held.id)).toEqual([])
    expect(await uploadsOf(at(), held.id)).toBe(0)
    await sendAll(false)
    // The store has put it together, and then the commit was cut off.
    const [open] = await at().objects.listMultiparts({ prefix: `jobs/${(await run(held)).folderName}/` })
    const stays = must(open)
    await at().objects.completeMultipart(stays, await at().objects.listParts(stays), { ifAbsent: true })
    expect(await announce(held, asked)).toEqual({ path: 'big', method: 'none' })
    expect(await commit(held, 'big')).toMatchObject({ sha256: asked.sha256, bytes: LARGE })
  })

  it('by many at once is done once, and all are told the same', async () => {
    const held = await at().hold()
    const bytes = makeBytes(LARGE, 3)
    const { parts, partBytes } = await announceParts(held, { path: 'big', bytes: LARGE })
    for (const part of parts) {
      const from = (part.number - 1) * partBytes
      expect(await send(part, bytes.slice(from, from + part.bytes))).toBe(200)
    }
    const others = await Promise.all([at().ledger.another(), at().ledger.another()])
    const workers = [
      held.worker,
      ...others.map((ports) => ({ ...held.worker, ...ports, objects: at().objects })),
    ]
    const answers = await Promise.all(
      workers.map((worker) => commitOutput(worker, { leaseToken: held.leaseToken, path: 'big' })),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject({ sha256: sha256(bytes) })
    expect(await run(held)).toMatchObject({ outputBytes: LARGE, outputCount: 1 })
  })

  it('is a conflict where the file was announced anew while it was looked at', async () => {
    const held = await at().hold()
    expect(await send(await announceWhole(held, { path: 'a', bytes: 3 }), text('abc'))).toBe(200)
    const meddler = meddled(held, () => announce(held, { path: 'a', bytes: 4 }))
    expect(await refusal(commit(meddler, 'a'))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('announced anew'),
    })
    expect(await run(held)).toMatchObject({ outputCount: 0 })
    expect(await send(await announceWhole(held, { path: 'a', bytes: 4 }), text('four'))).toBe(200)
    expect(await commit(held, 'a')).toMatchObject({ bytes: 4 })
  })

  it('leaves alone what another call has recorded while this one found it wrong', async () => {
    const held = await at().hold()
    const right = text('abc')
    const asked = { path: 'a', bytes: 3, sha256: sha256(right) }
    expect(await send(await announceWhole(held, asked), text('abd'))).toBe(200)
    const meddler = meddled(held, async () => {
      expect(await refusal(commit(held, 'a'))).toMatchObject({ code: 'invalid' })
      expect(await send(await announceWhole(held, asked), right)).toBe(200)
      await commit(held, 'a')
    })
    expect(await commit(meddler, 'a')).toMatchObject({ sha256: asked.sha256 })
    expect(await keysOf(at(), held.id)).toEqual(['a'])
  })

  it('that finds wrong what was announced anew meanwhile leaves the new one as it is', async () => {
    const held = await at().hold()
    const wrong = { path: 'a', bytes: 3, sha256: sha256(text('abc')) }
    expect(await send(await announceWhole(held, wrong), text('abd'))).toBe(200)
    const meddler = meddled(held, async () => {
      expect(await send(await announceWhole(held, { path: 'a', bytes: 4 }), text('four'))).toBe(200)
    })
    expect(await refusal(commit(meddler, 'a'))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('announced anew'),
    })
    expect(await commit(held, 'a')).toMatchObject({ bytes: 4, sha256: sha256(text('four')) })
    expect(await keysOf(at(), held.id)).toEqual(['a'])
  })

  it('that finds it wrong after the lease was lost says so', async () => {
    const held = await at().hold()
    const asked = { path: 'a', bytes: 3, sha256: sha256(text('abc')) }
    expect(await send(await announceWhole(held, asked), text('abd'))).toBe(200)
    const meddler = meddled(held, () => succeedRun(held.worker, { leaseToken: held.leaseToken }))
    expect(await refusal(commit(meddler, 'a'))).toMatchObject({ code: 'lease_lost' })
  })

  it('by whoever lost the lease meanwhile records nothing', async () => {
    const held = await at().hold()
    expect(await send(await announceWhole(held, { path: 'a', bytes: 3 }), text('abc'))).toBe(200)
    const meddler = meddled(held, () => succeedRun(held.worker, { leaseToken: held.leaseToken }))
    expect(await refusal(commit(meddler, 'a'))).toMatchObject({ code: 'lease_lost' })
    expect(await run(held)).toMatchObject({ outputCount: 0, state: 'succeeded' })
  })

  it('of a run that is called lost is still taken, until somebody else has the run', async () => {
    const held = await at().hold()
    expect(await send(await announceWhole(held, { path: 'a', bytes: 3 }), text('abc'))).toBe(200)
    await at().ledger.shift([held.id], 'leaseExpiresAt', -1_000)
    await sweepLost(at().ledger.as())
    expect(await run(held)).toMatchObject({ state: 'failed', errorCode: 'lost' })
    expect(await commit(held, 'a')).toMatchObject({ bytes: 3 })
    expect(await run(held)).toMatchObject({ outputCount: 1 })
  })
})
