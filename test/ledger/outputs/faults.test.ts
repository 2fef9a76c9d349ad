import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openS3 } from '../../../lib/objects/s3/open-s3.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { must } from '../../contracts/harness.ts'
import { makeBytes, sha256, text } from '../../contracts/object-store/steps.ts'
import { SQLITE, useLedger } from '../../support/open-ledger.ts'
import type { Operation } from '../../support/s3-server/asked.ts'
import { breakBody, type Fault, loseAnswer, refuse } from '../../support/s3-server/faults.ts'
import { type S3Server, startS3Server } from '../../support/s3-server/start.ts'
import { refusal, stored, working } from '../steps.ts'
import { announce, announceParts, announceWhole, commit, type Held, put, send } from './steps.ts'

const MIB = 1024 * 1024
const UNAVAILABLE = refuse(503, 'SlowDown')

describe('while the object store fails', () => {
  const at = useLedger(SQLITE)
  let server: S3Server
  let objects: ObjectStore
  beforeAll(async () => {
    server = await startS3Server()
    objects = openS3(server.options)
  })
  afterAll(async () => {
    await objects.close()
    await server.close()
  })

  async function hold(): Promise<Held> {
    const tenant = at().tenant()
    const worker = { ...tenant.worker, objects }
    const person = { ...tenant.person, objects }
    return { ...(await working({ ...tenant, worker, person })), worker, person }
  }

  /** What is done once is right afterwards, whatever was answered while the store failed. */
  async function expectOneOutput(held: Held, bytes: Uint8Array): Promise<void> {
    expect(await commit(held, 'a')).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) })
    expect(await stored(at(), held.id)).toMatchObject({ outputCount: 1, outputBytes: bytes.length })
  }

  it.each<[string, Operation, Fault, number | undefined]>([
    ['HEAD is refused', 'HeadObject', UNAVAILABLE, undefined],
    ['GET is refused', 'GetObject', UNAVAILABLE, undefined],
    ['GET is cut off', 'GetObject', breakBody(1, 'cut'), undefined],
    ['the answer to a HEAD is lost', 'HeadObject', loseAnswer(), 1],
  ])('a commit where %s records all or nothing', async (_, operation, fault, times) => {
    const held = await hold()
    const bytes = text('abc')
    expect(await send(await announceWhole(held, { path: 'a', bytes: 3 }), bytes)).toBe(200)
    server.fail(operation, fault, times)
    const outcome = await commit(held, 'a').catch((error) => error)
    server.recover()
    if (times === undefined) {
      expect(outcome).toMatchObject({ code: 'unavailable' })
      expect(await stored(at(), held.id)).toMatchObject({ outputCount: 0 })
    }
    await expectOneOutput(held, bytes)
  })

  it.each<[string, Operation, Fault, number | undefined]>([
    ['parts cannot be listed', 'ListParts', UNAVAILABLE, undefined],
    ['completing is refused', 'CompleteMultipartUpload', UNAVAILABLE, undefined],
    ['the answer to completing is lost', 'CompleteMultipartUpload', loseAnswer(), 1],
    ['every answer to completing is lost', 'CompleteMultipartUpload', loseAnswer(), undefined],
  ])('a commit in parts where %s records all or nothing', async (_, operation, fault, times) => {
    const held = await hold()
    const bytes = makeBytes(65 * MIB)
    const { parts, partBytes } = await announceParts(held, { path: 'a', bytes: bytes.length })
    for (const part of parts) {
      const from = (part.number - 1) * partBytes
      expect(await send(part, bytes.slice(from, from + part.bytes))).toBe(200)
    }
    server.fail(operation, fault, times)
    const outcome = await commit(held, 'a').catch((error) => error)
    server.recover()
    if (fault === UNAVAILABLE) expect(outcome).toMatchObject({ code: 'unavailable' })
    await expectOneOutput(held, bytes)
  })

  it('other bytes that cannot be removed are not recorded, and are found wrong again', async () => {
    const held = await hold()
    const right = text('abc')
    const asked = { path: 'a', bytes: 3, sha256: sha256(right) }
    expect(await send(await announceWhole(held, asked), text('abd'))).toBe(200)
    server.fail('DeleteObjects', UNAVAILABLE)
    expect(await refusal(commit(held, 'a'))).toMatchObject({ code: 'unavailable' })
    server.recover()
    expect(await refusal(commit(held, 'a'))).toMatchObject({ code: 'invalid' })
    expect(await send(await announceWhole(held, asked), right)).toBe(200)
    await expectOneOutput(held, right)
  })

  it('an upload that cannot be begun is announced to nobody', async () => {
    const held = await hold()
    server.fail('CreateMultipartUpload', UNAVAILABLE)
    const asked = { path: 'a', bytes: 65 * MIB }
    expect(await refusal(announce(held, asked))).toMatchObject({ code: 'unavailable' })
    server.recover()
    expect(await at().ports.outputs.get(held.id, 1, 'a')).toBeNull()
    expect(must((await announceParts(held, asked)).parts[0]).number).toBe(1)
  })

  it.each<[string, Operation, Fault, number | undefined]>([
    ['is refused', 'PutObject', UNAVAILABLE, undefined],
    ['is answered into nothing', 'PutObject', loseAnswer(), 1],
  ])('a put that %s is whole when it is said to be', async (_, operation, fault, times) => {
    const held = await hold()
    server.fail(operation, fault, times)
    await put(held, 'a', 'abc').catch((error) => expect(error).toMatchObject({ name: 'LedgerError' }))
    server.recover()
    expect(await put(held, 'a', 'abc')).toMatchObject({ bytes: 3 })
    await expectOneOutput(held, text('abc'))
  })
})
