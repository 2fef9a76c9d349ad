import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Problem } from '../../../lib/http/problem.ts'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import type { Ports } from '../../../lib/ports/context.ts'
import type { RunOutput } from '../../../lib/run/run-output.ts'
import { makeBytes, sha256 } from '../../contracts/object-store/steps.ts'
import { unique } from '../../support/make.ts'
import { PUBLIC_URL } from '../../support/objects-folder.ts'
import { makeTemporaryFolder } from '../../support/temporary-folder.ts'
import { announce, bytesOf, commit, sendOutput } from './output-steps.ts'
import { getRun, must, type Page, refusal, type Served, serveApp, startOne, useApp } from './steps.ts'

const MIB = 1024 * 1024
const WAIT = { timeout: 20_000 }
const at = useApp()
let served: Served
beforeAll(async () => {
  served = await serveApp(at())
})
afterAll(() => served.close())

const hold = () => startOne(at(), { projectId: unique('p') })
/** The URL as it is reached here. */
const reached = (url: string) => url.replace(PUBLIC_URL, served.url)
const get = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, served.url), { headers: { authorization: `Bearer ${at().admin}` }, ...init })
const pathOf = ({ run }: Claimed, rest = '') => `/v1/runs/${run.id}/outputs${rest}`

/** Counts how many streams of objects an app opens, and how many of them end. */
function countedStreams() {
  const counts = { opened: 0, ended: 0 }
  async function* watched(body: ReadableStream<Uint8Array>) {
    try {
      yield* body
    } finally {
      counts.ended++
    }
  }
  const wrap = (ports: Ports): Ports => ({
    ...ports,
    objects: {
      ...ports.objects,
      async get(...asked) {
        const found = await ports.objects.get(...asked)
        if (found === null) return null
        counts.opened++
        return { ...found, body: ReadableStream.from<Uint8Array>(watched(found.body)) }
      },
    },
  })
  return { counts, wrap }
}

/** Sends to a signed URL, over the socket. */
async function put(
  { url, headers }: { url: string; headers: Record<string, string> },
  body: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const response = await fetch(reached(url), { method: 'PUT', headers, body })
  await response.arrayBuffer()
  return response.status
}

describe('an output', () => {
  it('is announced, sent, committed, listed and downloaded', async () => {
    const held = await hold()
    const bytes = bytesOf('a,b\n1,2\n')
    const asked = { path: 'berichte/Übersicht.csv', bytes: bytes.length, contentType: 'text/csv' }
    const { json: upload } = await announce(at(), held, { ...asked, sha256: sha256(bytes) })
    if (upload.method !== 'put') return expect.fail(upload.method)
    expect(await put(upload, bytes)).toBe(200)
    expect(await put(upload, bytes)).toBe(412)
    const { json: output } = await commit(at(), held, asked.path)
    expect(output).toMatchObject({ ...asked, sha256: sha256(bytes), fence: 1 })
    const list = await at().request<Page<RunOutput>>('GET', pathOf(held))
    expect(list.json).toEqual({ data: [output], nextCursor: null })
    expect(await getRun(at(), held.run.id)).toMatchObject({ outputCount: 1, outputBytes: bytes.length })
    const answer = await get(pathOf(held, '/berichte/%C3%9Cbersicht.csv'), { redirect: 'manual' })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([302, 'no-store'])
    const file = await fetch(reached(must(answer.headers.get('location'))))
    expect(await file.text()).toBe('a,b\n1,2\n')
    expect(file.headers.get('content-disposition')).toContain(
      'attachment; filename="_bersicht.csv"; filename*=UTF-8\'\'%C3%9C',
    )
    expect(file.headers.get('content-type')).toBe('text/csv')
  })

  it('of 65 MiB goes in parts, on with those that are missing after an interruption', async () => {
    const held = await hold()
    const bytes = makeBytes(65 * MIB)
    const asked = { path: 'big', bytes: bytes.length, sha256: sha256(bytes) }
    for (const most of [2, 100]) {
      const { json: upload } = await announce(at(), held, asked)
      if (upload.method !== 'parts') return expect.fail(upload.method)
      for (const part of upload.parts.slice(0, most)) {
        const from = (part.number - 1) * upload.partBytes
        expect(await put(part, bytes.slice(from, from + part.bytes))).toBe(200)
      }
      expect(upload.storedParts).toBe(most === 2 ? 0 : 2)
    }
    const { json: output, text } = await commit(at(), held, 'big')
    expect(output, text).toMatchObject({ bytes: asked.bytes, sha256: asked.sha256 })
  })

  it('of other bytes than announced is refused, and none of the run’s', async () => {
    const held = await hold()
    const asked = { path: 'a', bytes: 3, sha256: sha256(bytesOf('abc')) }
    const { json: upload } = await announce(at(), held, asked)
    if (upload.method !== 'put') return expect.fail(upload.method)
    expect(await put(upload, bytesOf('abd'))).toBe(200)
    const { status, json } = await commit<Problem>(at(), held, 'a')
    expect([status, json.code]).toEqual([422, 'invalid'])
    expect(await put(upload, bytesOf('abc'))).toBe(200)
    expect((await commit(at(), held, 'a')).status).toBe(200)
  })

  it('is a conflict before it is sent, and of another’s name', async () => {
    const held = await hold()
    await announce(at(), held, { path: 'a', bytes: 3 })
    const early = await commit<Problem>(at(), held, 'a')
    expect([early.status, early.json.code]).toEqual([409, 'conflict'])
    await sendOutput(at(), held, 'b')
    const other = await announce<Problem>(at(), held, { path: 'b', bytes: 99 })
    expect([other.status, other.json.code]).toEqual([409, 'conflict'])
  })

  it('needs the lease, in its header', async () => {
    const held = await hold()
    const path = pathOf(held)
    const body = { path: 'a', bytes: 1 }
    expect(await refusal(at(), 'POST', path, { body })).toMatchObject({
      status: 422,
      errors: [{ path: 'leaseToken' }],
    })
    const inBody = { ...body, leaseToken: held.leaseToken }
    expect(await refusal(at(), 'POST', path, { body: inBody })).toMatchObject({ status: 422 })
    const other = { ...held, run: (await hold()).run }
    expect((await announce<Problem>(at(), other, body)).json).toMatchObject({ code: 'invalid' })
    await at().request('POST', `/v1/runs/${held.run.id}:succeed`, { body: { leaseToken: held.leaseToken } })
    const late = await announce<Problem>(at(), held, body)
    expect([late.status, late.json.code]).toEqual([409, 'lease_lost'])
  })
})

describe('the path of an output', () => {
  const names = [
    'a',
    'a/b/c.csv',
    'a b',
    'ü/株式',
    '100%',
    '%2e%2e',
    'a+b',
    'a?b=c',
    'a#b',
    "it's",
    'a:commit',
    '?',
    '...',
    '"',
    '<a>',
  ]

  it('is found by its name, encoded whole or segment by segment', async () => {
    const held = await hold()
    for (const name of names) await sendOutput(at(), held, name)
    for (const name of names)
      for (const encoded of [encodeURIComponent(name), name.split('/').map(encodeURIComponent).join('/')]) {
        const answer = await get(pathOf(held, `/${encoded}`), { redirect: 'manual' })
        expect(answer.status, encoded).toBe(302)
        const file = await fetch(reached(must(answer.headers.get('location'))))
        expect(await file.text()).toBe(name)
      }
  })

  it.each([
    ['../../../etc/passwd', 404],
    ['%2e%2e/%2e%2e/secret', 422],
    ['..%2f..%2fsecret', 422],
    ['a%2f..%2f..%2fb', 422],
    ['%2Fetc%2Fpasswd', 422],
    ['a%00b', 422],
    ['a%5Cb', 422],
    ['a//b', 422],
    ['a/', 422],
    ['.2/a', 422],
    ['a%0d%0aX-Injected:%20yes', 404],
    ['%E2%80%AEgpj.exe', 422],
    [`${'x'.repeat(1_024)}`, 422],
    ['%ff', 404],
    ['none', 404],
  ])('%s is %d, whatever a client makes of it', async (path, status) => {
    const held = await hold()
    await sendOutput(at(), held, 'b')
    expect(await rawGet(pathOf(held, `/${path}`))).toBe(status)
  })

  /** As it is: no client has tidied the path. */
  async function rawGet(path: string): Promise<number> {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${at().admin}\r\nConnection: close\r\n\r\n`,
    )
    let text = ''
    for await (const piece of socket) text += piece
    expect(text).not.toMatch(/^x-injected/im)
    return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
  }

  it.each(['../a', '/etc/passwd', 'a/../../b', '', 'a\u0000b', 'x'.repeat(1_024), '.3/a', 'a\\b'])(
    '%j cannot be announced',
    async (path) => {
      const held = await hold()
      const { status, json } = await announce<Problem>(at(), held, { path, bytes: 1 })
      expect([status, json.errors?.[0]?.path]).toEqual([422, 'path'])
    },
  )
})

describe('the list of outputs', () => {
  it('comes in pages, each with a link to the next', async () => {
    const held = await hold()
    for (const name of ['a', 'ü/b', 'c']) await sendOutput(at(), held, name)
    const first = await at().request<Page<RunOutput>>('GET', pathOf(held, '?limit=2'))
    const link = must(/^<(.+)>; rel="next"$/.exec(must(first.headers.get('link'))))[1] as string
    const second = await at().request<Page<RunOutput>>('GET', link)
    expect([...first.json.data, ...second.json.data].map(({ path }) => path)).toEqual(['a', 'c', 'ü/b'])
    expect([second.json.nextCursor, second.headers.get('link')]).toEqual([null, null])
  })

  it.each(['?limit=0', '?cursor=x', '?format=zip', '?surprise=1', '?format=tar&limit=2'])(
    'refuses %s',
    async (query) => {
      expect(await refusal(at(), 'GET', pathOf(await hold(), query))).toMatchObject({ status: 422 })
    },
  )
})

describe('the tar of outputs', () => {
  it('is streamed as an attachment by the name of the folder, and `tar` reads it', async () => {
    const held = await hold()
    const names = ['a', `${'lang/'.repeat(40)}ü`]
    for (const name of names) await sendOutput(at(), held, name)
    const answer = await get(pathOf(held, '?format=tar'))
    const folder = must(held.run.folderName)
    expect(answer.headers.get('content-type')).toBe('application/x-tar')
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${folder}.tar"`)
    const into = await makeTemporaryFolder()
    await writeFile(join(into, 'a.tar'), await answer.bytes())
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    const { stdout } = await promisify(execFile)('tar', ['-tf', 'a.tar'], {
      cwd: into,
      env,
    })
    expect(stdout.trim().split('\n')).toEqual(names.map((name) => `${folder}/${name}`))
  })

  it('opens nothing for whoever asks by HEAD', async () => {
    const held = await hold()
    await sendOutput(at(), held, 'big', 'x'.repeat(MIB))
    const { counts, wrap } = countedStreams()
    const counting = await at().another({ wrap })
    const over = await serveApp(counting)
    const headers = { authorization: `Bearer ${at().admin}` }
    const ask = (method: string) => fetch(over.url + pathOf(held, '?format=tar'), { method, headers })
    try {
      const got = await ask('GET')
      await got.arrayBuffer()
      expect(counts).toEqual({ opened: 1, ended: 1 })
      const answer = await ask('HEAD')
      expect([answer.status, await answer.text()]).toEqual([200, ''])
      for (const name of ['content-type', 'content-disposition', 'cache-control'])
        expect(answer.headers.get(name)).toBe(got.headers.get(name))
      const inside = await counting.app.request(pathOf(held, '?format=tar'), { method: 'HEAD', headers })
      expect([inside.status, inside.body]).toEqual([200, null])
      // What would have been begun by then has been.
      await ask('GET').then((again) => again.arrayBuffer())
      expect(counts).toEqual({ opened: 2, ended: 2 })
    } finally {
      await over.close()
    }
  })

  it('and a file, of a run that is archived, leave nothing open after a HEAD, or where nobody reads on', async () => {
    const held = await hold()
    await sendOutput(at(), held, 'big', 'x'.repeat(MIB))
    await at().request('POST', `/v1/runs/${held.run.id}:succeed`, { body: { leaseToken: held.leaseToken } })
    const archived = await at().request('POST', `/v1/runs/${held.run.id}:archive`, { body: {} })
    expect(archived.status, archived.text).toBeLessThan(300)
    await vi.waitUntil(async () => (await getRun(at(), held.run.id)).storageState === 'archived', WAIT)
    const { counts, wrap } = countedStreams()
    const counting = await at().another({ wrap })
    const headers = { authorization: `Bearer ${at().admin}` }
    for (const path of [pathOf(held, '?format=tar'), pathOf(held, '/big')]) {
      const answer = await counting.app.request(path, { method: 'HEAD', headers })
      expect([answer.status, answer.body], path).toEqual([200, null])
      const left = await counting.app.request(path, { headers })
      await left.body?.cancel()
    }
    await vi.waitUntil(() => counts.ended === counts.opened, WAIT)
  })

  it('ends in an error, not as if it were whole, where a file is gone', async () => {
    const held = await hold()
    for (const name of ['a', 'b']) await sendOutput(at(), held, name)
    await at().ports.objects.deleteMany([`jobs/${held.run.folderName}/b`])
    const answer = await get(pathOf(held, '?format=tar'))
    expect(answer.status).toBe(200)
    await expect(answer.arrayBuffer()).rejects.toThrow()
  })
})

describe('links', () => {
  it('are limited a minute and key; what workers ask for is not', async () => {
    const limited = await at().another({ env: { RATE_LIMIT_PRESIGN: '3' } })
    const held = await hold()
    await sendOutput(at(), held, 'a')
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:work'] })
    const statuses: number[] = []
    for (let n = 0; n < 5; n++)
      statuses.push((await limited.request('GET', pathOf(held, '/a'), { key })).status)
    expect(statuses).toEqual([302, 302, 302, 429, 429])
    const headers = { 'lease-token': held.leaseToken }
    const announced = await limited.request('POST', pathOf(held), {
      key,
      headers,
      body: { path: 'b', bytes: 1 },
    })
    expect(announced.status).toBe(200)
    expect((await limited.request('GET', pathOf(held), { key })).status).toBe(200)
  })
})
