import { describe, expect, it } from 'vitest'
import { OutputHider } from '../../lib/worker/hide-output.ts'
import { resolveSecrets } from '../../lib/worker/secrets.ts'

const hiderOf = (...values: string[]) => {
  const input = values.map((_, n) => ({ $secret: `s${n}` }))
  return new OutputHider(resolveSecrets(input, (name) => values[Number(name.slice(1))]).hidden)
}
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

/** All that comes out of it, where chunks are so long. */
function told(hider: OutputHider, text: Buffer, size: number): string {
  const out: Uint8Array[] = []
  for (let at = 0; at < text.length; at += size) out.push(hider.add('stdout', text.subarray(at, at + size)))
  return latin1(Buffer.concat([...out, ...hider.rest().map(([, bytes]) => bytes)]))
}

describe('what a command prints', () => {
  const TEXT = Buffer.concat([
    Buffer.from('login hunter2-é now\nagain hunter2-éhunter2-é|hunter2-'),
    Buffer.from([0xff, 0xfe, 0x00, 0x0d]),
    Buffer.from('the end hunter2-é'),
  ])

  it.each([1, 2, 3, 5, 7, 11, 64, 1_000])('in chunks of %i bytes is free of a secret', (size) => {
    const odd = latin1(Buffer.from([0xff, 0xfe, 0x00, 0x0d]))
    expect(told(hiderOf('hunter2-é'), TEXT, size)).toBe(
      `login [secret s0] now\nagain [secret s0][secret s0]|hunter2-${odd}the end [secret s0]`,
    )
  })

  it.each([1, 2, 4, 6, 9, 100])(
    'in chunks of %i bytes is free of a secret that begins with another',
    (size) => {
      expect(told(hiderOf('abcd', 'abcdefgh'), Buffer.from('abcdefgh abcdx abcdefg\nabcd'), size)).toBe(
        '[secret s1] [secret s0]x [secret s0]efg\n[secret s0]',
      )
    },
  )

  it('comes by whole lines at once', () => {
    const hider = hiderOf('a secret of some length')
    expect(latin1(hider.add('stdout', Buffer.from('one\ntwo\nthr')))).toBe('one\ntwo\n')
    expect(latin1(hider.add('stderr', Buffer.from('other\n')))).toBe('other\n')
    expect(latin1(hider.add('stdout', Buffer.from('ee\n')))).toBe('three\n')
  })

  it('is kept back no further than a value is long, where no line ends', () => {
    const hider = hiderOf('12345')
    expect(latin1(hider.add('stdout', Buffer.from('x'.repeat(1_000))))).not.toHaveLength(0)
    expect(latin1(hider.add('stdout', Buffer.from('x'.repeat(1_000)))).length).toBe(1_000)
  })

  it('of a secret of several lines has none of them', () => {
    const text = Buffer.from('key:\nfirst line\nsecond line\nthird\n')
    for (const size of [1, 6, 17, 100]) {
      const all = told(hiderOf('first line\nsecond line\nthird'), text, size)
      expect(all).not.toMatch(/first|second|third/)
    }
  })
})
