import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, ROOT, type StartedCli, startProcess } from '../support/cli.ts'

/** The package as npm makes it, installed in a folder that has nothing else. */
export interface Installed {
  folder: string
  /** Paths in the tarball. */
  files: string[]
  /** The `runledger` that npm has linked. */
  start(args: string[], env?: Record<string, string>): StartedCli
  /** Runs any script of the folder with Node. */
  node(script: string, args?: string[], env?: Record<string, string>): StartedCli
  remove(): Promise<void>
}

/** Only what a pack is made of: a copy, so that nobody's clone sees a build come and go. */
const SOURCES = ['lib', 'drizzle', 'package.json', 'tsconfig.json', 'README.md']
const NPM_QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

/** Packs and installs; without what only `serve` with a database of its own needs, which is large. */
export async function installPackage(): Promise<Installed> {
  const root = await mkdtemp(join(tmpdir(), 'runledger-package-'))
  const [source, folder] = [join(root, 'source'), join(root, 'app')]
  for (const name of SOURCES) await cp(join(ROOT, name), join(source, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'))
  const packed = await npm(source, 'pack', '--json', '--pack-destination', root)
  const [{ filename, files }] = Object.values(JSON.parse(packed.stdout)) as [
    { filename: string; files: { path: string }[] },
  ]
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  await npm(folder, 'install', join(root, filename), '--omit=optional', ...NPM_QUIET)
  const start = (program: string, args: string[], env = {}) =>
    startProcess(program, args, { cwd: folder, env: { HOME: root, ...env } })
  return {
    folder,
    files: files.map(({ path }) => path),
    start: (args, env) => start(join(folder, 'node_modules/.bin/runledger'), args, env),
    node: (script, args = [], env = {}) => start(process.execPath, [script, ...args], env),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

async function npm(cwd: string, ...args: string[]): Promise<Ended> {
  // npm needs its own settings (a registry, a cache), which are in the environment and the home.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(HOME|npm_config_.*)$/i.test(name)),
  )
  const ended = await startProcess('npm', args, { cwd, env: env as Record<string, string> }).ended
  if (ended.code !== 0) throw new Error(`npm ${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
  return ended
}
