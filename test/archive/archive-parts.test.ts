import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type ArchivePart, archiveParts, type PartOptions } from '../../lib/archive/archive-parts.ts'
import { codec } from '../../lib/archive/codec.ts'
import { layOut } from '../../lib/archive/lay-out.ts'
import { tarFrom } from '../../lib/archive/tar-from.ts'
import { startProcess } from '../support/cli.ts'
import { collect, manifestOf, openFiles } from './make-archive.ts'

const MIB = 1024 * 1024
/** What compresses to next to nothing, as logs of a script that repeats itself do. */
const FILES = {
  'outputs/a.log': Buffer.alloc(12 * MIB, 'the same again\n'),
  'outputs/b.log': Buffer.alloc(MIB),
}
const layout = layOut(manifestOf(FILES))
const FILL = MIB

async function parts(options: Partial<PartOptions>, most = Number.POSITIVE_INFINITY): Promise<ArchivePart[]> {
  const made: ArchivePart[] = []
  const open = openFiles(FILES)
  for await (const part of archiveParts(layout, {
    codec: codec('gzip'),
    atLeastBytes: 8 * MIB,
    open,
    ...options,
  }))
    if (made.push(part) === most) break
  return made
}

it('a part of what compresses well ends by how much it is of, has what a store takes, and all are one file', async () => {
  const made = await parts({ atMostTarBytes: () => 3 * MIB, fillBytes: FILL })
  expect(made.length).toBeGreaterThan(2)
  for (const { body, tarStart, tarEnd } of made.slice(0, -1)) {
    expect(body.length).toBeGreaterThanOrEqual(FILL)
    // It ends where a file does, or a piece of one, at the latest.
    expect(tarEnd - tarStart).toBeLessThan(3 * MIB + FILL + MIB)
  }
  const whole = await collect(tarFrom(layout, 0, openFiles(FILES)))
  for (const { body, tarStart, tarEnd } of made)
    expect(gunzipSync(body).equals(whole.subarray(tarStart, tarEnd))).toBe(true)
  const folder = await mkdtemp(join(tmpdir(), 'runledger-parts-'))
  try {
    const file = join(folder, 'all.tar.gz')
    await writeFile(file, Buffer.concat(made.map(({ body }) => body)))
    expect(await startProcess('gzip', ['-t', file]).ended).toMatchObject({ code: 0 })
    expect((await startProcess('tar', ['tzf', file]).ended).stdout).toContain('outputs/b.log')
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('is of less once time is over, whenever that is, and may be taken up behind it', async () => {
  let asked = 0
  const [first] = await parts({ atMostTarBytes: () => (++asked > 20 ? MIB : 100 * MIB), fillBytes: FILL }, 1)
  expect(first?.tarEnd).toBeLessThan(4 * MIB)
  const rest = await parts({ tarStart: first?.tarEnd ?? 0 })
  expect(rest).toHaveLength(1)
  const file = Buffer.concat([first?.body ?? Buffer.alloc(0), ...rest.map(({ body }) => body)])
  expect(gunzipSync(file).equals(await collect(tarFrom(layout, 0, openFiles(FILES))))).toBe(true)
})

it('is whole where all of it is not more, and small', async () => {
  const made = await parts({ atMostTarBytes: () => 100 * MIB, fillBytes: FILL })
  expect(made).toHaveLength(1)
  expect(made[0]?.body.length).toBeLessThan(FILL)
})

it('ends by its bytes alone where a compression has no other way', async () => {
  const options = { codec: codec('bz2'), atMostTarBytes: () => MIB, fillBytes: FILL }
  expect(await parts(options)).toHaveLength(1)
})
