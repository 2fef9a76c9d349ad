import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What the built functions see of the world, and the Node that runs them (this one, unless told). */
export type ServeOptions = { env?: Record<string, string>; node?: string }

/** A built output that answers under `url` until it is closed. */
export type ServedOutput = { url: string; close(): Promise<void> }

/**
 * Serves a `.vercel/output` folder as the platform would: routes in phases, static files, functions, their limits and
 * headers. The folder is copied away first, so that a file the platform's tracer missed is missed here too. The
 * functions get `env` and what the platform sets, nothing of this process.
 *
 * An emulation: all functions share one process, and nothing ends them at `maxDuration`.
 */
export async function serveBuiltOutput(
  outputDirectory: string,
  options: ServeOptions = {},
): Promise<ServedOutput> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-output-'))
  await cp(outputDirectory, folder, { recursive: true })
  const child = spawn(
    options.node ?? process.execPath,
    [join(import.meta.dirname, 'serve-output-child.mjs'), folder],
    {
      cwd: folder,
      env: { ...platformEnv, ...options.env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const close = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { url: `http://127.0.0.1:${await portOf(child)}`, close }
  } catch (error) {
    await close()
    throw error
  }
}

const platformEnv = {
  NODE_ENV: 'production',
  TZ: 'UTC',
  VERCEL: '1',
  VERCEL_ENV: 'production',
  VERCEL_REGION: 'iad1',
  VERCEL_URL: 'runledger.vercel.app',
}

/** The first line says the port; what the functions print after it goes to this process' stderr. */
async function portOf(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error('the child has no stdout')
  const lines = createInterface({ input: child.stdout })
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the server of the built output ended with ${code} before it listened`)
  })
  const [line] = await Promise.race([once(lines, 'line'), gone])
  gone.catch(() => undefined)
  lines.on('line', (text) => console.error(text))
  return (JSON.parse(line) as { port: number }).port
}

async function end(child: ChildProcess): Promise<void> {
  const started = child.pid !== undefined
  if (!started || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
