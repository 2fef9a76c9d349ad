import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

/** The Nodes that functions may run on, as `.ci/install-tools.sh` installs them. */
export const nodes = { '22': nodeBinary('22'), '24': nodeBinary('24') }

/** What the platform's own CLI makes of this checkout, in `output`, until it is removed. */
export type BuiltProject = { output: string; remove(): Promise<void> }

/**
 * Builds a copy of the tree (what git tracks or would track) as a deployment is built, without a login or a network.
 * The checkout is left as it was.
 */
export async function buildProject(): Promise<BuiltProject> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-build-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const project = join(folder, 'project')
  try {
    await copyTree(project)
    await mkdir(join(project, '.vercel'))
    await writeFile(join(project, '.vercel', 'project.json'), '{"settings":{}}')
    await runCli(project, join(folder, 'cli'))
    return { output: join(project, '.vercel', 'output'), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Every file below a folder, as relative paths in order. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort()
}

/** The bytes of all files below a folder. */
export async function sizeBelow(folder: string): Promise<number> {
  const sizes = (await filesBelow(folder)).map(async (path) => (await stat(join(folder, path))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function nodeBinary(version: string): string {
  return join(root, '.ci', 'nodes', 'node_modules', `node${version}`, 'bin', 'node')
}

async function copyTree(project: string): Promise<void> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z']
  const listed = (await run('git', args, { cwd: root, maxBuffer: 2 ** 26 })).stdout
    .split('\0')
    .filter(Boolean)
  for (const path of listed) {
    // Listed but deleted from the working tree: gone here as well.
    await cp(join(root, path), join(project, path)).catch(ignoreMissing)
  }
  await copyModules(join(root, 'node_modules'), join(project, 'node_modules'))
}

/** By hard links, in a blink. The platform's CLI deletes a symbolic link to node_modules. */
async function copyModules(from: string, to: string): Promise<void> {
  try {
    await run('cp', ['-al', from, to])
  } catch {
    // Another file system.
    await rm(to, { recursive: true, force: true })
    await run('cp', ['-a', from, to])
  }
  // npm writes this one in place, which would write to the checkout's.
  const record = '.package-lock.json'
  await rm(join(to, record), { force: true })
  await cp(join(from, record), join(to, record)).catch(ignoreMissing)
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

async function runCli(project: string, settings: string): Promise<void> {
  const cli = join(root, '.ci', 'vercel', 'node_modules', '.bin', 'vercel')
  const running = run(cli, ['build', '-Q', settings], {
    cwd: project,
    env: cliEnv(),
    timeout: 150_000,
    maxBuffer: 2 ** 26,
  })
  running.child.stdin?.end()
  await running.catch((error: Error & { stdout: string; stderr: string }) => {
    const said = [error.message, error.stdout, error.stderr].join('\n')
    throw new Error(`vercel build failed (did .ci/install-tools.sh run?)\n${said}`)
  })
}

/** This process' environment without what npm and vitest put there. */
function cliEnv(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|VITEST|VERCEL|NODE_ENV$|NODE_OPTIONS$|CI$)/
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return {
    ...Object.fromEntries(kept),
    PATH: `${join(nodes['24'], '..')}:${process.env.PATH}`,
    VERCEL_TELEMETRY_DISABLED: '1',
    // The CLI always runs `npm install`. Offline it finds node_modules up to date, or says at once that it is not.
    npm_config_offline: 'true',
    npm_config_audit: 'false',
  }
}
