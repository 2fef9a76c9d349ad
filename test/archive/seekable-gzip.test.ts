import { execFileSync } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { packedSteps, STEP_BYTES, STEP_MARK, seekableGzip } from '../../lib/archive/seekable-gzip.ts'

/** Lines that differ, so that a step in the wrong place is seen. */
function lines(bytes: number): Buffer {
  const all = Buffer.alloc(bytes)
  for (let at = 0, n = 0; at < bytes; n++) at += all.write(`line ${n} of a log that says what it does\n`, at)
  return all
}

async function packed(bytes: Buffer): Promise<Buffer> {
  async function* source() {
    for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000)
  }
  const { packed, head } = seekableGzip(source(), bytes.length)
  const member = await buffer(packed)
  member.set(head())
  return member
}

describe('a gzip member that can be unpacked from its midst', () => {
  it.each([0, 1, STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, 5 * STEP_BYTES + 12_345])(
    'of %i bytes is what gzip, zlib and a browser’s decoder unpack, as one member',
    async (length) => {
      const bytes = lines(length)
      const member = await packed(bytes)
      expect(gunzipSync(member).equals(bytes)).toBe(true)
      expect(execFileSync('gzip', ['-dc'], { input: member, maxBuffer: 2 ** 26 }).equals(bytes)).toBe(true)
      execFileSync('gzip', ['-t'], { input: member })
      const stream = new Blob([new Uint8Array(member)]).stream().pipeThrough(new DecompressionStream('gzip'))
      expect(await text(stream)).toBe(bytes.toString())
    },
  )

  it('tells where the steps are that hold a part of its text', async () => {
    const bytes = lines(5 * STEP_BYTES + 12_345)
    const member = await packed(bytes)
    for (const [from, to] of [
      [0, 10],
      [STEP_BYTES - 1, STEP_BYTES + 1],
      [3 * STEP_BYTES, 4 * STEP_BYTES],
      [5 * STEP_BYTES + 12_000, bytes.length],
      [bytes.length, bytes.length],
    ] as const) {
      const steps = packedSteps(member, { from, to })
      if (steps === null) throw new Error('it tells nothing')
      expect(steps.at % STEP_BYTES).toBe(0)
      expect(steps.at).toBeLessThanOrEqual(from)
      const isFirst = steps.at === 0
      const mark = member.subarray(steps.start - STEP_MARK.length, steps.start)
      expect(mark.equals(STEP_MARK)).toBe(!isFirst)
      const inflated = inflateRawSync(member.subarray(steps.start, steps.end), { finishFlush: 2 })
      expect(inflated.subarray(from - steps.at, to - steps.at).equals(bytes.subarray(from, to))).toBe(true)
      expect(inflated.length - (to - steps.at)).toBeLessThan(STEP_BYTES)
    }
  })

  it('tells nothing of what it does not have, nor of another’s member', async () => {
    const bytes = lines(2 * STEP_BYTES)
    const member = await packed(bytes)
    expect(packedSteps(member.subarray(0, 24), { from: STEP_BYTES, to: STEP_BYTES + 1 })).toBeNull()
    expect(packedSteps(member.subarray(0, 5), { from: 0, to: 1 })).toBeNull()
    const other = execFileSync('gzip', ['-c'], { input: bytes })
    expect(packedSteps(other, { from: STEP_BYTES, to: STEP_BYTES + 1 })).toBeNull()
  })

  it('has longer steps where it is so long that the head could not hold them', async () => {
    const { head } = seekableGzip(ReadableStream.from<Uint8Array>([]), 40_000 * STEP_BYTES)
    const begins = head()
    expect(begins.length).toBeLessThan(65_535)
    expect(Buffer.from(begins).readUInt32LE(16)).toBe(4 * STEP_BYTES)
  })
})
