import { expect, it } from 'vitest'
import { layOut } from '../../lib/archive/lay-out.ts'
import { TarChecker, type TarPlace } from '../../lib/archive/tar-checker.ts'
import { tarFrom } from '../../lib/archive/tar-from.ts'
import { collect, manifestOf, openFiles, sliced, someBytes } from './make-archive.ts'

const FILES = {
  'outputs/a.bin': someBytes(2_500),
  'outputs/empty.txt': '',
  'outputs/whole-block.bin': someBytes(512),
  [`outputs/${'long/'.repeat(30)}é.txt`]: 'é',
}
const layout = layOut(manifestOf(FILES))
const whole = await collect(tarFrom(layout, 0, openFiles(FILES)))

/** Reads a tar in pieces of that size, each by a checker that knows no more than what the last one noted. */
async function inPieces(tar: Buffer, bytes: number): Promise<TarPlace> {
  let place: TarPlace = { at: 0, hash: null }
  while (place.at < tar.length) {
    const end = Math.min(tar.length, place.at + bytes)
    const noted: TarPlace = JSON.parse(JSON.stringify(place))
    place = await new TarChecker(layout, noted).read(sliced(tar.subarray(place.at, end), 300), end)
  }
  return place
}

it('finds a tar to be what it must be, left and taken up again anywhere', async () => {
  for (const bytes of [1, 7, 511, 512, 513, 1_000, 4_096, whole.length])
    expect(await inPieces(whole, bytes)).toEqual({ at: whole.length, hash: null })
})

it('finds a flipped byte wherever it is', async () => {
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    await expect(inPieces(flipped, 1_000)).rejects.toMatchObject({ fault: 'differs' })
  }
})

it('finds what is too short or too long', async () => {
  const { length } = whole
  await expect(new TarChecker(layout).read(sliced(whole.subarray(0, -1), 100), length)).rejects.toMatchObject(
    {
      fault: 'truncated',
    },
  )
  const longer = Buffer.concat([whole, Buffer.alloc(1)])
  await expect(new TarChecker(layout).read(sliced(longer, 100), length)).rejects.toMatchObject({
    fault: 'extra',
  })
})
