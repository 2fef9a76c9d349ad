import { describe, expect, it } from 'vitest'
import { openOutput } from '../../../lib/ledger/outputs/open-output.ts'
import { putOutput } from '../../../lib/ledger/outputs/put-output.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { isLedgerError } from '../../../lib/run/errors.ts'
import { expectBytes, makeBytes, readAll, sha256, text } from '../../contracts/object-store/steps.ts'
import { refusal, stored } from '../steps.ts'
import {
  announceParts,
  announceWhole,
  type Held,
  keysOf,
  PLACES,
  pieces,
  put,
  send,
  uploadsOf,
  useOutputs,
} from './steps.ts'

const MIB = 1024 * 1024

describe.each(PLACES)('putting an output with $name', (place) => {
  const at = useOutputs(place)
  const read = async ({ id, person }: Held, path: string) =>
    readAll((await openOutput(person, { id, path })).body)

  it.each([
    ['nothing', []],
    ['a few bytes', ['a', 'b', '']],
    ['one part', [makeBytes(8 * MIB)]],
    [
      'several parts, in pieces that fit none',
      Array.from({ length: 7 }, (_, n) => makeBytes(3 * MIB + n, n + 1)),
    ],
  ])('stores and records %s', async (_, all) => {
    const held = await at().hold()
    const whole = new Uint8Array(Buffer.concat(all.map((piece) => Buffer.from(piece as string))))
    const output = await put(held, 'dir/a', ...all)
    expect(output).toEqual({
      path: 'dir/a',
      bytes: whole.length,
      sha256: sha256(whole),
      contentType: 'application/octet-stream',
      fence: 1,
      createdAt: expect.stringMatching(/Z$/),
    })
    expectBytes(await read(held, 'dir/a'), whole)
    expect(await stored(at().ledger, held.id)).toMatchObject({ outputBytes: whole.length, outputCount: 1 })
  })

  it.each([1, 20])('leaves nothing where the source breaks off after %d MiB', async (mib) => {
    const held = await at().hold()
    const broken = async function* () {
      for (let sent = 0; sent < mib; sent++) yield makeBytes(MIB, sent + 1)
      throw new Error('the disk is gone')
    }
    const input = { leaseToken: held.leaseToken, path: 'a' }
    await expect(putOutput(held.worker, input, broken())).rejects.toThrow('the disk is gone')
    expect(await keysOf(at(), held.id)).toEqual([])
    expect(await uploadsOf(at(), held.id)).toBe(0)
    expect(await stored(at().ledger, held.id)).toMatchObject({ outputCount: 0 })
    expect(await put(held, 'a', 'abc')).toMatchObject({ bytes: 3 })
  })

  it('the same again is recorded once; another file by that name is a conflict', async () => {
    const held = await at().hold()
    const output = await put(held, 'a', 'abc')
    expect(await put(held, 'a', 'a', 'bc')).toEqual(output)
    for (const other of ['abd', 'four', ''])
      expect(await refusal(put(held, 'a', other))).toMatchObject({ code: 'conflict' })
    expect(await read(held, 'a')).toEqual(text('abc'))
    expect(await stored(at().ledger, held.id)).toMatchObject({ outputBytes: 3, outputCount: 1 })
  })

  it('takes the place of what was announced and never committed', async () => {
    const held = await at().hold()
    expect(await send(await announceWhole(held, { path: 'a', bytes: 3 }), text('old'))).toBe(200)
    await announceParts(held, { path: 'b', bytes: 65 * MIB })
    expect(await put(held, 'a', 'new')).toMatchObject({ sha256: sha256(text('new')) })
    expect(await put(held, 'b', 'new')).toMatchObject({ bytes: 3 })
    expect(await uploadsOf(at(), held.id)).toBe(0)
    expect(await read(held, 'a')).toEqual(text('new'))
  })

  it('by many at once makes one whole file, and everyone else is told', async () => {
    for (let round = 0; round < 3; round++) {
      const held = await at().hold()
      const bodies = Array.from({ length: 4 }, (_, n) => makeBytes(9 * MIB + n, n + 1))
      const outcomes = await Promise.allSettled(bodies.map((body) => put(held, 'a', body)))
      const recorded = outcomes.filter((outcome) => outcome.status === 'fulfilled')
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(refused.every(({ reason }) => isLedgerError(reason) && reason.code === 'conflict')).toBe(true)
      expect(recorded.length).toBeLessThanOrEqual(1)
      // Where each has hindered another, the next to try is alone.
      const output = recorded[0]?.value ?? (await put(held, 'a', bodies[0] as Uint8Array))
      const found = await read(held, 'a')
      expect({ bytes: found.length, sha256: sha256(found) }).toMatchObject({
        bytes: output.bytes,
        sha256: output.sha256,
      })
      expect(await stored(at().ledger, held.id)).toMatchObject({ outputCount: 1, outputBytes: output.bytes })
      expect(await uploadsOf(at(), held.id)).toBe(0)
    }
  })

  it('by whoever has lost the lease records nothing, and reads nothing', async () => {
    const held = await at().hold()
    await succeedRun(held.worker, { leaseToken: held.leaseToken })
    let asked = 0
    const source = async function* () {
      asked++
      yield* pieces('abc')
    }
    const input = { leaseToken: held.leaseToken, path: 'a' }
    expect(await refusal(putOutput(held.worker, input, source()))).toMatchObject({ code: 'lease_lost' })
    expect(asked).toBe(0)
    expect(await keysOf(at(), held.id)).toEqual([])
  })

  it('by whoever loses the lease meanwhile records nothing', async () => {
    const held = await at().hold()
    const source = async function* () {
      yield* pieces('abc')
      await succeedRun(held.worker, { leaseToken: held.leaseToken })
    }
    const input = { leaseToken: held.leaseToken, path: 'a' }
    expect(await refusal(putOutput(held.worker, input, source()))).toMatchObject({ code: 'lease_lost' })
    expect(await stored(at().ledger, held.id)).toMatchObject({ outputCount: 0, outputBytes: 0 })
  })
})
