import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../lib/runtime/config.ts'
import { openObjects } from '../../lib/runtime/open-objects.ts'

const secret = 'a secret of the tests, which signs the URLs of objects'
const BUCKET = {
  S3_BUCKET: 'runs',
  S3_REGION: 'eu-central-1',
  S3_ACCESS_KEY_ID: 'an-id',
  S3_SECRET_ACCESS_KEY: 'a-secret',
}

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runledger-open-objects-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const open = (env: Record<string, string>, folder: string | null, url: string | null = null) =>
  openObjects(readConfig({}, env), { secret, folder, publicUrl: url === null ? null : () => url })

describe('where objects are kept', () => {
  it('is the folder where no bucket is configured, made when it is first used', async () => {
    const folder = join(home, 'objects')
    const store = open({}, folder)
    expect(store.name).toBe(`the folder ${folder}`)
    await store.close()
    await expect(access(folder)).rejects.toThrow('ENOENT')
    await store.put('key', Buffer.from('x'))
    expect(await open({}, folder).head('key')).toMatchObject({ bytes: 1 })
    await store.close()
  })

  it('has URLs where a server answers them, and takes no requests where none does', async () => {
    const folder = join(home, 'objects')
    const served = open({}, folder, 'https://runs.example.com/here')
    const url = await served.presignGet('key', { filename: 'a', expiresSeconds: 60 })
    expect(url).toMatch(/^https:\/\/runs\.example\.com\/here\/objects\/[\w-]+\.[\w-]{43}$/)
    await served.put('key', Buffer.from('x'))
    expect(await (await served.answer?.(new Request(url)))?.text()).toBe('x')
    const local = open({}, folder)
    expect(local.answer).toBeUndefined()
    await expect(local.presignGet('key', { filename: 'a', expiresSeconds: 60 })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('is tried again where it could not be opened', async () => {
    const folder = join(home, 'a-file', 'objects')
    await writeFile(join(home, 'a-file'), '')
    const store = open({}, folder)
    await expect(store.head('key')).rejects.toMatchObject({ code: 'unavailable' })
    await rm(join(home, 'a-file'))
    expect(await store.head('key')).toBeNull()
  })

  it('is nowhere without either, and every use says what to set', async () => {
    const store = open({}, null)
    const refusal = { code: 'unavailable', message: expect.stringContaining('S3_BUCKET') }
    await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject(refusal)
    await expect(store.list({ prefix: '' })).rejects.toMatchObject(refusal)
    await expect(store.presignGet('key', { filename: 'a', expiresSeconds: 60 })).rejects.toMatchObject(
      refusal,
    )
    expect(store.answer).toBeUndefined()
    await store.close()
  })

  it('is the bucket where one is configured, folder or not; another server answers its URLs', async () => {
    const store = open({ ...BUCKET, S3_ENDPOINT: 'http://127.0.0.1:9' }, join(home, 'objects'), 'http://here')
    expect(store.name).toContain('runs')
    expect(store.answer).toBeUndefined()
    const url = await store.presignGet('key', { filename: 'a', expiresSeconds: 60 })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:9\/runs\/key\?/)
    await store.close()
    await expect(access(join(home, 'objects'))).rejects.toThrow('ENOENT')
  })
})
