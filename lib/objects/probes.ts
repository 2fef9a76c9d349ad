import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { MIN_PART_BYTES, type ObjectStore } from '../ports/object-store.ts'

/** Answers what it saw to work; throws what is wrong. It writes to keys that `keyOf` gives, which are removed afterwards. */
export type Probe = (store: ObjectStore, keyOf: (name: string) => string) => Promise<string>

/** Each thing that is tried, in this order. */
export const PROBES = {
  reach: async (store, keyOf) => {
    const key = keyOf('a b+%é')
    await store.put(key, bytes('hello'), { metadata: { probe: 'yes' }, contentType: 'text/plain' })
    const head = await store.head(key)
    expect((await read(store, key)) === 'hello', 'an object reads otherwise than it was written')
    expect(head?.metadata.probe === 'yes', 'an object loses its metadata')
    return `${store.name} keeps what it is given`
  },

  list: async (store, keyOf) => {
    const names = ['A', 'a', 'a b', 'a+b', 'a/b', 'b', 'é', '日', '\u{1f600}']
    for (const name of names.toReversed()) await store.put(keyOf(name), bytes(name))
    const keys: string[] = []
    for (;;) {
      const startAfter = keys.at(-1)
      const page = await store.list({
        prefix: keyOf(''),
        limit: 2,
        ...(startAfter === undefined ? {} : { startAfter }),
      })
      if (page.length === 0 || keys.length > names.length) break
      keys.push(...page.map(({ key }) => key))
    }
    const isRight = keys.join('\n') === names.map(keyOf).join('\n')
    expect(isRight, 'lists leave out or repeat objects, so nothing may be archived or deleted by them')
    return 'lists are whole and in order, page by page'
  },

  range: async (store, keyOf) => {
    const key = keyOf('one')
    await store.put(key, bytes('0123456789'))
    const [middle, end] = [await read(store, key, 3, 5), await read(store, key, 7)]
    expect(middle === '345' && end === '789', 'ranges of bytes are wrong, so archives cannot be verified')
    return 'ranges of bytes are right'
  },

  conditional: async (store, keyOf) => {
    const key = keyOf('one')
    await store.put(key, bytes('first'), { ifAbsent: true })
    const second = await store.put(key, bytes('second'), { ifAbsent: true })
    const isKept = second === null && (await read(store, key)) === 'first'
    expect(isKept, 'a put that must not replace an object replaces it (If-None-Match is ignored)')
    return 'what must not be replaced is not'
  },

  multipart: async (store, keyOf) => {
    const key = keyOf('one')
    const [first, last] = [new Uint8Array(MIN_PART_BYTES).fill(7), bytes('the end')]
    const upload = { key, uploadId: await store.createMultipart(key) }
    await store.putPart(upload, 1, first)
    await store.putPart(upload, 2, last)
    await store.completeMultipart(upload, await store.listParts(upload))
    const found = await store.get(key)
    const hash = createHash('sha256')
    for await (const piece of found?.body ?? []) hash.update(piece)
    const expected = createHash('sha256').update(first).update(last).digest('hex')
    expect(
      hash.digest('hex') === expected,
      'an object that came in parts reads otherwise than it was written',
    )
    return 'large objects go in parts'
  },

  delete: async (store, keyOf) => {
    const keys = ['a', 'b', 'c'].map(keyOf)
    for (const key of keys) await store.put(key, bytes('x'))
    const errors = await store.deleteMany([...keys.slice(1), keyOf('none')])
    expect(errors.length === 0, `objects cannot be deleted: ${errors[0]?.error}`)
    const left = await Promise.all(keys.map((key) => store.head(key)))
    expect(left.map(Boolean).join() === 'true,false,false', 'other objects are deleted than were named')
    return 'what is deleted is gone, and nothing else'
  },
} satisfies Record<string, Probe>

function expect(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise)
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

async function read(store: ObjectStore, key: string, start?: number, end?: number): Promise<string> {
  const range = start === undefined ? {} : { range: { start, ...(end === undefined ? {} : { end }) } }
  const found = await store.get(key, range)
  return found ? await text(found.body) : 'nothing'
}
