import { describe, expect, it } from 'vitest'
import { addOutput } from '../../../lib/ledger/outputs/add-output.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { toLeaseToken } from '../../../lib/ledger/runs/lease-token.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
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
  put,
  send,
  upload,
  uploadsOf,
  useOutputs,
} from './steps.ts'

const MIB = 1024 * 1024
const LARGE = 65 * MIB

describe.each(PLACES)('announcing an output with $name', (place) => {
  const at = useOutputs(place)

  it('gives a URL that takes the file once, and none of it is the run’s yet', async () => {
    const held = await at().hold()
    const bytes = text('a,b\n1,2\n')
    const asked = { path: 'reports/a.csv', bytes: bytes.length, contentType: 'text/csv' }
    const answer = await announceWhole(held, asked)
    expect(answer).toMatchObject({ path: 'reports/a.csv', headers: { 'content-type': 'text/csv' } })
    const left = Date.parse(answer.expiresAt) - held.worker.now()
    expect(left).toBe(15 * 60 * 1_000)
    expect(await send(answer, bytes)).toBe(200)
    expect(await send(answer, text('x,y\n3,4\n'))).toBe(412)
    expect(await stored(at().ledger, held.id)).toMatchObject({ outputCount: 0, outputBytes: 0 })
    expect(await commit(held, 'reports/a.csv')).toMatchObject({ sha256: sha256(bytes) })
  })

  it('takes no other length or type at that URL than announced', async () => {
    const held = await at().hold()
    const answer = await announceWhole(held, { path: 'a', bytes: 3, contentType: 'text/csv' })
    for (const [headers, bytes] of [
      [answer.headers, text('four')],
      [answer.headers, text('2')],
      [{ ...answer.headers, 'content-type': 'text/html' }, text('abc')],
    ] as const)
      expect(await send({ url: answer.url, headers }, bytes)).toBeGreaterThanOrEqual(400)
    expect(await keysOf(at(), held.id)).toEqual([])
  })

  it('of what is there, asked twice at once, is told to both; announced as another meanwhile, it stays that', async () => {
    const held = await at().hold()
    const asked = { path: 'a', bytes: 3 }
    expect(await send(await announceWhole(held, asked), text('abc'))).toBe(200)
    /** The holder, while somebody announces this in between. */
    const meddled = (other: typeof asked): Held => {
      const head: ObjectStore['head'] = async (key) => {
        const found = await at().objects.head(key)
        await announce(held, other)
        return found
      }
      return { ...held, worker: { ...held.worker, objects: { ...at().objects, head } } }
    }
    expect(await announce(meddled(asked), asked)).toEqual({ path: 'a', method: 'none' })
    const late = await refusal(announce(meddled({ path: 'a', bytes: 4 }), asked))
    expect(late).toMatchObject({ code: 'conflict', message: expect.stringContaining('announced anew') })
    expect(await send(await announceWhole(held, { path: 'a', bytes: 4 }), text('four'))).toBe(200)
    expect(await commit(held, 'a')).toMatchObject({ bytes: 4 })
  })

  it('again while it is on its way gives a URL again; once it is there, nothing is left to send', async () => {
    const held = await at().hold()
    const asked = { path: 'a', bytes: 3, sha256: sha256(text('abc')) }
    await announceWhole(held, asked)
    expect(await send(await announceWhole(held, asked), text('abc'))).toBe(200)
    expect(await announce(held, asked)).toEqual({ path: 'a', method: 'none' })
    const output = await commit(held, 'a')
    expect(await announce(held, asked)).toEqual({ path: 'a', method: 'none' })
    expect(await announce(held, { ...asked, sha256: asked.sha256.toUpperCase() })).toEqual({
      path: 'a',
      method: 'none',
    })
    expect(await commit(held, 'a')).toEqual(output)
  })

  it('with other bytes, hash or type while it is not committed begins anew', async () => {
    const held = await at().hold()
    const first = { path: 'a', bytes: 3, sha256: sha256(text('abc')) }
    for (const other of [
      { ...first, bytes: 4, sha256: sha256(text('four')) },
      { path: 'a', bytes: 3 },
      { ...first, contentType: 'text/csv' },
    ]) {
      expect(await send(await announceWhole(held, first), text('abc'))).toBe(200)
      await announceWhole(held, other)
      expect(await keysOf(at(), held.id)).toEqual([])
    }
    expect(await send(await announceWhole(held, { path: 'a', bytes: 4 }), text('four'))).toBe(200)
    expect(await commit(held, 'a')).toMatchObject({ bytes: 4, sha256: sha256(text('four')) })
  })

  it('with other bytes once it is committed is a conflict, and changes nothing', async () => {
    const held = await at().hold()
    const output = await upload(held, 'a', 'abc')
    for (const other of [
      { bytes: 4 },
      { bytes: 3, sha256: sha256(text('xyz')) },
      { bytes: 3 },
      { bytes: 100 * MIB },
    ]) {
      const error = await refusal(announce(held, { path: 'a', ...other }))
      expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('a already') })
    }
    expect(await commit(held, 'a')).toEqual(output)
    expect(await uploadsOf(at(), held.id)).toBe(0)
  })

  it('takes two Unicode forms of a name for one, and says so', async () => {
    const held = await at().hold()
    const [nfc, nfd] = ['\u00e9t\u00e9.csv', 'e\u0301te\u0301.csv']
    expect((await upload(held, nfd, 'summer')).path).toBe(nfc)
    const error = await refusal(announce(held, { path: nfc, bytes: 3 }))
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('Unicode') })
    expect(await refusal(put(held, nfd, 'winter'))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Unicode'),
    })
    expect(await keysOf(at(), held.id)).toEqual([nfc])
  })

  it('keeps names apart that only look alike, or differ in case', async () => {
    const held = await at().hold()
    const names = ['a', 'A', 'а', 'a/b', 'a\u200Db', '%61', 'a:b', 'a b', 'a+b', '...', "'a'", '?', '*']
    for (const name of names) await upload(held, name)
    expect((await keysOf(at(), held.id)).toSorted()).toEqual(names.toSorted())
    expect((await stored(at().ledger, held.id)).outputCount).toBe(names.length)
  })

  it.each(['../a', '/etc/passwd', 'a/../../b', 'a\u0000', 'a\\b', '.2/a', 'x'.repeat(1_024), ''])(
    'refuses the name %j, with nothing written',
    async (path) => {
      const held = await at().hold()
      expect(await refusal(announce(held, { path, bytes: 1 }))).toMatchObject({
        code: 'invalid',
        issues: [{ path: 'path' }],
      })
      expect(await refusal(put(held, path, 'x'))).toMatchObject({ code: 'invalid' })
      expect(await keysOf(at(), held.id)).toEqual([])
    },
  )

  it.each([
    { bytes: -1 },
    { bytes: 1.5 },
    { bytes: 5 * 1024 ** 4 + 1 },
    { bytes: 1, sha256: 'abc' },
    { bytes: 1, contentType: 'text' },
    { bytes: 1, contentType: 'text/csv\r\nx: y' },
    { bytes: 1, contentType: 'text/csv ' },
    { bytes: 1, contentType: `text/${'x'.repeat(255)}` },
  ])('refuses %j', async (fields) => {
    const held = await at().hold()
    expect(await refusal(announce(held, { path: 'a', ...fields }))).toMatchObject({ code: 'invalid' })
  })

  it('is for the holder of the run alone', async () => {
    const held = await at().hold()
    const other = await at().hold()
    const ask = (leaseToken: string, id?: string) =>
      refusal(addOutput(held.worker, { leaseToken, path: 'a', bytes: 1, ...(id ? { id } : {}) }))
    expect(await ask(held.leaseToken, other.id)).toMatchObject({ code: 'invalid' })
    expect(await ask('nonsense')).toMatchObject({ code: 'invalid' })
    const { signer } = at().ledger.ports
    const future = toLeaseToken(signer, { id: held.id, fence: 2, leaseSeconds: 60 })
    expect(await ask(future)).toMatchObject({ code: 'lease_lost' })
    const next = await at().holdAgain(held)
    expect(await ask(held.leaseToken)).toMatchObject({ code: 'lease_lost' })
    await succeedRun(next.worker, { leaseToken: next.leaseToken })
    expect(await ask(next.leaseToken)).toMatchObject({ code: 'lease_lost' })
    expect(await keysOf(at(), held.id)).toEqual([])
  })

  it('does not overwrite what an earlier attempt has produced', async () => {
    const held = await at().hold()
    const late = await announceWhole(held, { path: 'late', bytes: 3 })
    await upload(held, 'a', 'first')
    const next = await at().holdAgain(held)
    expect(next.run.fence).toBe(2)
    expect(await upload(next, 'a', 'second')).toMatchObject({ fence: 2, bytes: 6 })
    // A paused worker wakes up.
    expect(await send(late, text('abc'))).toBe(200)
    expect(await refusal(commit(held, 'late'))).toMatchObject({ code: 'lease_lost' })
    await upload(next, 'late', 'of the second')
    expect((await keysOf(at(), held.id)).toSorted()).toEqual(['.2/a', '.2/late', 'a', 'late'])
  })

  it.each(['archiving', 'archived', 'restoring', 'deleting', 'deleted'])(
    'is a conflict for a run whose files are %s',
    async (state) => {
      const held = await at().hold()
      await at().ledger.store.raw(`UPDATE runs SET "storageState" = '${state}' WHERE id = '${held.id}'`)
      expect(await refusal(announce(held, { path: 'a', bytes: 1 }))).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(state),
      })
    },
  )

  describe('of a large file', () => {
    it('gives parts that are sent in any order, and make one file', async () => {
      const held = await at().hold()
      const bytes = makeBytes(LARGE)
      const answer = await announceParts(held, { path: 'big', bytes: LARGE, sha256: sha256(bytes) })
      expect(answer).toMatchObject({ partBytes: 16 * MIB, storedParts: 0, moreParts: false })
      expect(answer.parts.map((part) => [part.number, part.bytes / MIB])).toEqual([
        [1, 16],
        [2, 16],
        [3, 16],
        [4, 16],
        [5, 1],
      ])
      for (const part of answer.parts.toReversed()) {
        const from = (part.number - 1) * answer.partBytes
        expect(await send(part, bytes.slice(from, from + part.bytes))).toBe(200)
      }
      expect(await commit(held, 'big')).toMatchObject({ bytes: LARGE, sha256: sha256(bytes) })
      expect(await uploadsOf(at(), held.id)).toBe(0)
      expect(await stored(at().ledger, held.id)).toMatchObject({ outputBytes: LARGE, outputCount: 1 })
    })

    it('goes on after an interruption with the parts that are missing', async () => {
      const held = await at().hold()
      const bytes = makeBytes(LARGE, 2)
      const asked = { path: 'big', bytes: LARGE, sha256: sha256(bytes) }
      const first = await announceParts(held, asked)
      const sendPart = async (part: (typeof first.parts)[number]) => {
        const from = (part.number - 1) * first.partBytes
        return send(part, bytes.slice(from, from + part.bytes))
      }
      for (const part of first.parts.filter(({ number }) => number === 1 || number === 4))
        expect(await sendPart(part)).toBe(200)
      expect(await refusal(commit(held, 'big'))).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('3 of 5 parts are missing, the first is part 2'),
      })
      const again = await announceParts(held, asked)
      expect(again.storedParts).toBe(2)
      expect(again.parts.map(({ number }) => number)).toEqual([2, 3, 5])
      for (const part of again.parts) expect(await sendPart(part)).toBe(200)
      expect(await announceParts(held, asked)).toMatchObject({ parts: [], storedParts: 5, moreParts: false })
      expect(await commit(held, 'big')).toMatchObject({ sha256: asked.sha256 })
      expect(await uploadsOf(at(), held.id)).toBe(0)
    })

    it('signs for a hundred parts at once', async () => {
      const held = await at().hold()
      const answer = await announceParts(held, { path: 'big', bytes: 150 * 16 * MIB })
      expect(answer).toMatchObject({ storedParts: 0, moreParts: true })
      expect(answer.parts.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
    })

    it('announced otherwise begins anew, and leaves no upload behind', async () => {
      const held = await at().hold()
      const first = await announceParts(held, { path: 'big', bytes: LARGE })
      const last = first.parts.at(-1)
      expect(last && (await send(last, makeBytes(MIB)))).toBe(200)
      const second = await announceParts(held, { path: 'big', bytes: LARGE, contentType: 'text/csv' })
      expect(second.storedParts).toBe(0)
      expect(await uploadsOf(at(), held.id)).toBe(1)
      expect(last && (await send(last, makeBytes(MIB)))).toBe(404)
      await announceWhole(held, { path: 'big', bytes: 5 })
      expect(await uploadsOf(at(), held.id)).toBe(0)
    })

    it('begins anew where the store has dropped the upload', async () => {
      const held = await at().hold()
      await announceParts(held, { path: 'big', bytes: LARGE })
      const { folderName } = await stored(at().ledger, held.id)
      for (const open of await at().objects.listMultiparts({ prefix: `jobs/${folderName}/` }))
        await at().objects.abortMultipart(open)
      expect(await refusal(commit(held, 'big'))).toMatchObject({ code: 'conflict' })
      expect(await announceParts(held, { path: 'big', bytes: LARGE })).toMatchObject({ storedParts: 0 })
      expect(await uploadsOf(at(), held.id)).toBe(1)
    })

    it('begins no upload where the lease is lost', async () => {
      const held = await at().hold()
      await succeedRun(held.worker, { leaseToken: held.leaseToken })
      expect(await refusal(announce(held, { path: 'big', bytes: LARGE }))).toMatchObject({
        code: 'lease_lost',
      })
      expect(await uploadsOf(at(), held.id)).toBe(0)
    })
  })
})
