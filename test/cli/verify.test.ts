import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArchiveCompression } from '../../lib/run/archive-manifest.ts'
import { archiveOf, FOLDER, sha256, someBytes, someText } from '../archive/make-archive.ts'
import { pipeThrough } from '../archive/tools.ts'
import { makeHome, runCli, startProcess } from '../support/cli.ts'
import { hasTerminal, onTerminal } from './support/on-terminal.ts'

const FILES = {
  'run.log.gz': someBytes(900),
  'outputs/a.csv': someText(40_000),
  'outputs/b.bin': someBytes(30_000),
}
const RUN = { id: FOLDER.slice(16), kind: 'nightly.backup', state: 'succeeded' }

let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
})
afterAll(() => home?.remove())

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(home.path, name)
  await writeFile(path, bytes)
  return path
}

describe('verify', () => {
  it.each(ArchiveCompression.options)(
    'finds an archive by %s whole, whatever it is called, without a home or a server',
    async (name) => {
      const bytes = await archiveOf(FILES, name)
      const path = await save(`from-a-backup-${name}`, bytes)
      const { code, stdout, stderr } = await runCli(['verify', path, '--json'])
      expect([code, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toEqual({
        ok: true,
        file: path,
        bytes: bytes.length,
        sha256: sha256(bytes),
        manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        compression: name,
        folder: FOLDER,
        run: RUN,
        entries: 3,
        unpackedBytes: 70_900,
        createdAt: '2026-11-21T10:30:00.000Z',
        tool: 'runledger 0.1.0',
      })
    },
  )

  it.runIf(hasTerminal)('takes its bar away before it tells what it found', async () => {
    const path = await save('on-a-screen.tar.gz', await archiveOf(FILES))
    const terminal = onTerminal(['verify', path], { columns: 200 })
    expect(await terminal.ended).toBe(0)
    const [bar, ...told] = terminal.raw().split('\r\u001b[2K')
    expect(bar).toBe('')
    expect(told.at(-2)).toContain('kB')
    expect(told.at(-1)).toMatch(/^[^\r\n]*on-a-screen\.tar\.gz is whole\r\n/)
  })

  it('tells people what it is', async () => {
    const bytes = await archiveOf(FILES)
    const path = await save('whole.tar.gz', bytes)
    const { code, stdout } = await runCli(['verify', path])
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual([
      `${path} is whole`,
      `  run      ${RUN.id}, nightly.backup, succeeded`,
      '  files    3, 71 kB; each as the manifest says',
      expect.stringMatching(
        /^ {2}archive {2}\d+ kB, gzip, made 2026-11-21 10:30:00 UTC by runledger 0\.1\.0$/,
      ),
      `  sha256   ${sha256(bytes)}`,
      '',
    ])
  })

  it('says what is wrong with one that is not, and ends with 4', async () => {
    const bytes = await archiveOf(FILES)
    const path = await save('cut.tar.gz', bytes.subarray(0, bytes.length - 20_000))
    const entry = `${FOLDER}/outputs/b.bin`
    const asText = await runCli(['verify', path])
    expect(asText).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: `runledger: ${path} is not whole: the archive breaks off, in ${entry}\n`,
    })
    const { code, stdout, stderr } = await runCli(['verify', '--json', path])
    expect([code, stderr]).toEqual([4, ''])
    const message = `the archive breaks off, in ${entry}`
    expect(JSON.parse(stdout)).toEqual({ ok: false, file: path, fault: 'truncated', entry, message })
  })

  it.each<[string, () => Promise<string>, number, RegExp]>([
    [
      'is not there',
      async () => join(home.path, 'nothing'),
      3,
      /nothing cannot be read: no such file or directory/,
    ],
    ['is a folder', async () => home.path, 2, /is no file/],
    [
      'is something else',
      () => save('a.zip', Buffer.from('PK…')),
      2,
      /is no archive: .* neither by gzip nor/,
    ],
    ['is empty', () => save('empty.tar.gz', Buffer.alloc(0)), 2, /is no archive/],
  ])('of a file that %s is one sentence', async (_what, make, code, words) => {
    const found = await runCli(['verify', await make(), '--json'])
    expect(found).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) })
    expect(found.stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('can be done without this program, once the archive is unpacked, as its help says', async () => {
    await pipeThrough('tar', ['xz', '-C', home.path], await archiveOf(FILES))
    const { stdout } = await runCli(['verify', '--help'])
    const recipe = stdout.split('\n').find((line) => line.includes('sha256sum -c')) ?? ''
    const checked = await startProcess('sh', ['-c', recipe], { cwd: home.path }).ended
    const files = Object.keys(FILES).map((path) => `${path}: OK\n`)
    expect(checked).toMatchObject({ code: 0, stderr: '', stdout: files.join('') })
    await writeFile(join(home.path, FOLDER, 'outputs/a.csv'), 'other')
    expect((await startProcess('sh', ['-c', recipe], { cwd: home.path }).ended).code).toBe(1)
  })
})
