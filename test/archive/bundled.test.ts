import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { codec } from '../../lib/archive/codec.ts'
import { ArchiveCompression } from '../../lib/run/archive-manifest.ts'
import { makeHome, ROOT, startProcess } from '../support/cli.ts'
import { collect, inTurn } from './make-archive.ts'

const PROGRAM = join(import.meta.dirname, 'programs/both-ways.ts')

let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
  // As the functions are bundled.
  await build({
    entryPoints: [PROGRAM],
    outfile: join(home.path, 'bundle.mjs'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external: ['@napi-rs/lzma'],
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  })
})
afterAll(() => home?.remove())

async function bothWays() {
  const files = ArchiveCompression.options.map(async (name) => {
    const archive = await collect(codec(name).member(inTurn([Buffer.from('archived')])))
    return `${name}:${archive.toString('base64')}`
  })
  const args = [join(home.path, 'bundle.mjs'), ...(await Promise.all(files))]
  const { stdout, stderr } = await startProcess(process.execPath, args, { cwd: home.path }).ended
  expect(stderr).toBe('')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

it('where a bundle is alone, every archive can be read, and those by bzip2 and xz not made', async () => {
  const read = { read: 'archived', readBack: 'archived' }
  expect(await bothWays()).toEqual([
    { name: 'gzip', made: 'made', ...read },
    { name: 'bz2', made: 'unavailable', ...read },
    { name: 'xz', made: 'unavailable', ...read },
  ])
})

it('where the libraries are beside it, every archive can be made', async () => {
  await symlink(join(ROOT, 'node_modules'), join(home.path, 'node_modules'))
  expect((await bothWays()).map(({ made }) => made)).toEqual(['made', 'made', 'made'])
})
