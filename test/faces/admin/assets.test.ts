import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildAssets } from '../../../lib/functions/build-assets.ts'
import { ROOT } from '../../support/cli.ts'

const FILES = ['dashboard.js', 'dashboard.css']
const MOST_BYTES = 150_000
const kept = (name: string) => readFile(join(ROOT, 'public/assets', name))

it('public/ holds what the sources make, byte for byte: `npm run assets` was run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-assets-'))
  try {
    await buildAssets(folder)
    for (const name of FILES)
      expect((await readFile(join(folder, name))).equals(await kept(name)), name).toBe(true)
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('the first page is sent less than 150 kB of scripts and style', async () => {
  const sizes = await Promise.all(FILES.map(async (name) => gzipSync(await kept(name)).length))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES)
})

it('none of it asks for anything from elsewhere', async () => {
  for (const name of FILES)
    expect((await kept(name)).toString()).not.toMatch(/(https?:)?\/\/(?!www\.w3\.org)[a-z0-9-]+\.[a-z]{2,}/i)
})
