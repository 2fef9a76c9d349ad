import { describe, expect, it } from 'vitest'
import type { AtObjects } from '../object-store.contract.ts'
import { expectCode, newKey, text } from './steps.ts'

const FILENAMES: [filename: string, disposition: RegExp][] = [
  ['report.csv', /^attachment; filename="report\.csv"/],
  ['with space.txt', /^attachment; filename="with space\.txt"/],
  [
    'Größe 日本.txt',
    /^attachment; filename="[ -~]+\.txt"; filename\*=UTF-8''Gr%C3%B6%C3%9Fe%20%E6%97%A5%E6%9C%AC\.txt$/,
  ],
  ['a"b\\c.txt', /^attachment; filename="[^"\\]*"; filename\*=UTF-8''a%22b%5Cc\.txt$/],
  ['x\r\nSet-Cookie: a=b', /^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[^\r\n]*$/],
  ["it's (50%);*.txt", /^attachment; .*filename\*=UTF-8''it%27s%20%2850%25%29%3B%2A\.txt$/],
]

export function presignGetContract(at: AtObjects): void {
  describe('presignGet', () => {
    it.each(FILENAMES)(
      'gives the object to whoever has it, as an attachment named %j',
      async (filename, disposition) => {
        const { store, send } = at()
        const key = newKey('日 +%20?#.txt')
        await store.put(key, text('0123456789'), { contentType: 'text/html' })
        const url = await store.presignGet(key, { filename, contentType: 'text/plain', expiresSeconds: 300 })
        const answer = await send(new Request(url))
        expect(answer.status).toBe(200)
        expect(answer.headers.get('content-disposition')).toMatch(disposition)
        expect(answer.headers.get('content-type')).toBe('text/plain')
        expect(answer.headers.get('content-length')).toBe('10')
        expect(answer.headers.get('set-cookie')).toBeNull()
        expect(await answer.text()).toBe('0123456789')
      },
    )

    it('gives ranges of it, again and again', async () => {
      const { store, send } = at()
      const key = newKey()
      await store.put(key, text('0123456789'))
      const url = await store.presignGet(key, { filename: 'a', expiresSeconds: 300 })
      for (const [range, status, expected] of [
        ['bytes=2-4', 206, '234'],
        ['bytes=7-', 206, '789'],
      ] as const) {
        const answer = await send(new Request(url, { headers: { range } }))
        expect(answer.status).toBe(status)
        expect(answer.headers.get('content-range')).toMatch(/^bytes \d-\d\/10$/)
        expect(await answer.text()).toBe(expected)
      }
      const beyond = await send(new Request(url, { headers: { range: 'bytes=10-' } }))
      expect(beyond.status).toBe(416)
      await beyond.body?.cancel()
    })

    it('answers 404 where there is nothing', async () => {
      const { store, send } = at()
      const answer = await send(
        new Request(await store.presignGet(newKey(), { filename: 'a', expiresSeconds: 300 })),
      )
      expect(answer.status).toBe(404)
      await answer.body?.cancel()
    })

    it('ends when it expires', async () => {
      const { store, send } = at()
      const key = newKey()
      await store.put(key, text('secret words'))
      const url = await store.presignGet(key, { filename: 'a', expiresSeconds: 1 })
      await expect
        .poll(async () => (await send(new Request(url))).status, { timeout: 20_000, interval: 200 })
        .toBe(403)
      expect(await (await send(new Request(url))).text()).not.toContain('secret words')
    })

    it.each([0, 1.5, 7 * 24 * 60 * 60 + 1])(
      'is not made for %d seconds, nor is one to write',
      async (expiresSeconds) => {
        const { store } = at()
        const options = { filename: 'a', bytes: 1, contentType: 'text/plain', expiresSeconds }
        await expectCode(store.presignGet(newKey(), options), 'invalid')
        await expectCode(store.presignPut(newKey(), options), 'invalid')
        await expectCode(store.presignPart({ key: newKey(), uploadId: 'any' }, 1, options), 'invalid')
      },
    )

    it('is for this object, this name and reading alone', async () => {
      const { store, send } = at()
      const key = newKey('one')
      await store.put(key, text('one'))
      await store.put(key.replace(/one$/, 'two'), text('another'))
      const url = await store.presignGet(key, { filename: 'named.txt', expiresSeconds: 300 })
      const refused = [
        new Request(ofAnotherKey(url)),
        new Request(changed(url, 'named.txt', 'other.txt')),
        new Request(withOtherSignature(url)),
        new Request(url.slice(0, url.indexOf('?'))),
        new Request(url, { method: 'DELETE' }),
        new Request(url, { method: 'PUT', body: 'mine', headers: { 'content-type': 'text/plain' } }),
      ]
      for (const request of refused) {
        const answer = await send(request)
        expect([401, 403, 404, 405]).toContain(answer.status)
        expect(await answer.text()).not.toBe('another')
      }
      expect(await (await send(new Request(url))).text()).toBe('one')
    })
  })
}

/** The URL with one sign of its signature changed: of the last long run of hexadecimal digits, or of base64. */
export function withOtherSignature(url: string): string {
  const end = [...url.matchAll(/[0-9a-f]{64}|[\w-]{43}$/g)].at(-1)
  if (!end) throw new Error('the test found no signature')
  const middle = end.index + 10
  return url.slice(0, middle) + (url[middle] === '0' ? '1' : '0') + url.slice(middle + 1)
}

/** The URL of an object named `one`, made one of `two`. */
export function ofAnotherKey(url: string): string {
  return changed(url, /(\/|%2F)one\b/i, '$1two')
}

/** The URL with other words in it, whether they stand there as they are or in the base64 of what is signed. */
function changed(url: string, from: string | RegExp, to: string): string {
  const plain = url.replace(from, to)
  if (plain !== url) return plain
  const other = url.replace(/(?<=\/objects\/)[\w-]+/, (payload) =>
    Buffer.from(Buffer.from(payload, 'base64url').toString().replace(from, to)).toString('base64url'),
  )
  if (other === url) throw new Error(`the test found no ${from} in ${url}`)
  return other
}
