import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

/** Runs a program of the system on these bytes; throws with what it says where it fails. */
export async function pipeThrough(program: string, args: string[], bytes: Uint8Array): Promise<Buffer> {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' } })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const [out, said, code] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    ended,
    // A program that has read enough closes its end.
    pipeline([bytes], child.stdin).catch(() => {}),
  ])
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`)
  return out
}

/** What GNU tar makes of a tar: the files by their names. */
export async function untar(tar: Uint8Array): Promise<Map<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-untar-'))
  try {
    await mkdir(join(folder, 'out'))
    await pipeThrough('tar', ['x', '-C', join(folder, 'out')], tar)
    const found = await readdir(join(folder, 'out'), { recursive: true, withFileTypes: true })
    const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
    const named = files.map(async (path) => [path.slice(folder.length + 5), await readFile(path)] as const)
    return new Map(await Promise.all(named))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
