import { createHash, randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient, type RunOutput } from '../../lib/client/index.ts'
import { until } from '../support/cli.ts'
import { breakBody, change, ignore, loseAnswer, refuse } from '../support/s3-server/faults.ts'
import { type S3Server, startS3Server } from '../support/s3-server/start.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'

const MIB = 1024 * 1024
/** Sent in parts of 16 MiB, five of them. */
const LARGE = randomBytes(66 * MIB)
const SMALL = randomBytes(3 * MIB)

describe('files of a run', () => {
  let s3: S3Server
  let server: ServerProcess & { close(): Promise<void> }
  let client: Client
  beforeAll(async () => {
    s3 = await startS3Server()
    server = await startServerWithDatabase({
      S3_BUCKET: s3.options.bucket,
      S3_ENDPOINT: s3.options.endpoint,
      S3_REGION: s3.options.region,
      S3_ACCESS_KEY_ID: s3.options.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.options.secretAccessKey,
    })
    client = createClient({ url: server.url, apiKey: ADMIN_KEY })
  })
  afterAll(async () => {
    await server?.close()
    await s3?.close()
  })
  let held: { id: string; leaseToken: string }
  beforeEach(async () => {
    const id = ulid()
    const { leaseToken } = await client.startRun({ id, kind: 'test', workerId: 'w', leaseSeconds: 3_600 })
    held = { id, leaseToken }
    s3.asked.splice(0)
  })
  afterEach(() => s3.recover())

  const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  /** In pieces, as a file comes. */
  const opens = (bytes: Uint8Array) =>
    async function* (start: number, end: number) {
      for (let at = start; at < end; at += MIB) yield bytes.subarray(at, Math.min(at + MIB, end))
    }
  const announced = (bytes: Uint8Array, path = 'a/b.bin') => ({
    ...held,
    path,
    bytes: bytes.length,
    sha256: hashOf(bytes),
    contentType: 'application/x-test',
  })
  const upload = (bytes: Uint8Array, path?: string) =>
    client.uploadOutput(announced(bytes, path), opens(bytes))
  const download = async (output: RunOutput) => {
    const pieces: Uint8Array[] = []
    for await (const piece of await client.downloadOutput({ id: held.id, ...output })) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const count = (operation: string) => s3.asked.filter((one) => one === operation).length

  it.each([
    ['of no bytes', new Uint8Array(0), 'empty'],
    ['of one', Buffer.from('x'), 'x'],
    ['in one piece', SMALL, 'reports/株式会社 100%?#&+.csv'],
    ['in parts', LARGE, 'large'],
  ])('%s go up and come down as they are', async (_what, bytes, path) => {
    const told: number[] = []
    const output = await client.uploadOutput(announced(bytes, path), opens(bytes), {
      onProgress: (sent) => told.push(sent),
    })
    const { createdAt, ...rest } = output
    expect(rest).toEqual({
      path,
      bytes: bytes.length,
      sha256: hashOf(bytes),
      contentType: 'application/x-test',
      fence: 1,
    })
    expect((await client.listOutputs({ id: held.id })).data).toEqual([{ ...rest, createdAt }])
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(bytes.length)
    expect((await download(output)).equals(bytes)).toBe(true)
  })

  it.each([
    ['a server that has none', refuse(503, 'SlowDown')],
    ['a connection that is cut', ignore('cut')],
    ['an answer that is lost', loseAnswer()],
    ['a URL that has run out', refuse(403, 'AccessDenied')],
  ])('arrive whole in spite of %s', async (_what, fault) => {
    s3.fail('PutObject', fault, 1)
    const output = await upload(SMALL)
    expect((await download(output)).equals(SMALL)).toBe(true)
    s3.fail('UploadPart', fault, 1)
    const large = await upload(LARGE, 'large')
    expect((await download(large)).equals(LARGE)).toBe(true)
    expect(count('UploadPart')).toBeLessThanOrEqual(6)
  })

  it('interrupted go on with what is stored', async () => {
    const gone = new AbortController()
    const first = client.uploadOutput(announced(LARGE), opens(LARGE), {
      onProgress: (sent) => sent > 40 * MIB && gone.abort(),
      signal: gone.signal,
    })
    await expect(first).rejects.toThrow()
    await until(() => count('UploadPart') >= 2)
    const before = count('UploadPart')
    s3.asked.splice(0)
    const told: number[] = []
    const output = await client.uploadOutput(announced(LARGE), opens(LARGE), {
      onProgress: (sent) => told.push(sent),
    })
    expect((await download(output)).equals(LARGE)).toBe(true)
    expect(told[0]).toBeGreaterThan(32 * MIB)
    expect(count('UploadPart')).toBeLessThanOrEqual(5 - 2)
    expect(before).toBeLessThanOrEqual(3)
  })

  it('come down out of an archive, also where that breaks off', async () => {
    const output = await upload(SMALL)
    const empty = await upload(new Uint8Array(0), 'empty')
    await client.succeedRun(held)
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const archived = await fetch(`${server.url}/v1/runs/${held.id}:archive`, { method: 'POST', headers })
    expect(await archived.json()).toMatchObject({ storageState: 'archived' })
    expect((await download(output)).equals(SMALL)).toBe(true)
    expect(await download(empty)).toHaveLength(0)
    s3.fail('GetObject', breakBody(2 * MIB, 'cut'), 1)
    expect((await download(output)).equals(SMALL)).toBe(true)
  })

  it('sent again are not sent at all', async () => {
    const output = await upload(SMALL)
    s3.asked.splice(0)
    expect(await upload(SMALL)).toEqual(output)
    expect(count('PutObject')).toBe(0)
    await expect(upload(LARGE)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('that change while they are sent are refused, and can be sent again', async () => {
    const longer = client.uploadOutput(announced(SMALL), (start, end) => opens(LARGE)(start, end + 1))
    await expect(longer).rejects.toMatchObject({ code: 'invalid', message: /has changed while it was read/ })
    const shorter = client.uploadOutput(announced(SMALL), (start, end) => opens(SMALL)(start, end - 1))
    await expect(shorter).rejects.toMatchObject({ code: 'invalid', message: /has changed while it was read/ })
    const others = client.uploadOutput(announced(SMALL), opens(LARGE))
    await expect(others).rejects.toMatchObject({ code: 'invalid', message: /sha256/ })
    expect((await client.listOutputs({ id: held.id })).data).toEqual([])
    expect((await download(await upload(SMALL))).equals(SMALL)).toBe(true)
  })

  it('that cannot be read are told of by their own error, at once', async () => {
    const fault = new Error('no such disk')
    // biome-ignore lint/correctness/useYield: it has nothing to give
    const broken = async function* () {
      throw fault
    }
    await expect(client.uploadOutput(announced(SMALL), broken)).rejects.toBe(fault)
  })

  it('come down whole over connections that break', async () => {
    const output = await upload(SMALL)
    s3.fail('GetObject', breakBody(MIB, 'cut'), 2)
    expect((await download(output)).equals(SMALL)).toBe(true)
    expect(count('GetObject')).toBeGreaterThanOrEqual(3)
  })

  it('with other bytes than recorded are never taken for what they were', async () => {
    const output = await upload(SMALL)
    s3.fail(
      'GetObject',
      change(() => ({ body: randomBytes(SMALL.length) })),
    )
    await expect(download(output)).rejects.toMatchObject({ code: 'unavailable', message: /not as it was/ })
    s3.recover()
    s3.fail('GetObject', breakBody(MIB, 'cut'), 1)
    s3.fail('GetObject', refuse(412, 'PreconditionFailed'))
    await expect(download(output)).rejects.toMatchObject({ code: 'unavailable', message: /not as it was/ })
  })

  it('that are not there, or not ours, say so at once, without a signed URL', async () => {
    const none = { ...held, path: 'none', bytes: 1, sha256: null }
    await expect(client.downloadOutput(none)).rejects.toMatchObject({ code: 'not_found' })
    for (const path of ['..', 'a/../b', '.'])
      await expect(client.downloadOutput({ ...none, path })).rejects.toMatchObject({ code: 'invalid' })
    await client.succeedRun({ leaseToken: held.leaseToken })
    await expect(upload(SMALL)).rejects.toMatchObject({ code: 'lease_lost' })
    const output = await restarted(() => upload(SMALL))
    s3.fail('GetObject', refuse(404, 'NoSuchKey'))
    const error = await download(output).catch((thrown) => thrown)
    expect(error.message).toBe(`${s3.options.endpoint} answers 404 (NoSuchKey)`)
  })

  /** The same in the name of a new run. */
  async function restarted<T>(work: () => Promise<T>): Promise<T> {
    const id = ulid()
    const { leaseToken } = await client.startRun({ id, kind: 'test', workerId: 'w' })
    held = { id, leaseToken }
    return work()
  }
})
