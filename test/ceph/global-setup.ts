import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's own Ceph, and a key that may make buckets there. */
    ceph: { endpoint: string; accessKeyId: string; secretAccessKey: string }
  }
}

const KEY = { accessKeyId: 'testaccess', secretAccessKey: 'testsecret0123456789' }

/** A Ceph for the whole run, in a folder of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(await mkdtemp(join(tmpdir(), 'runledger-ceph-')), 'ceph')
  const ports = await freePorts(3)
  const stop = () => stopCeph(folder)
  try {
    const script = join(import.meta.dirname, '..', '..', '.ci', 'start-ceph.sh')
    execFileSync(script, [folder, ...ports.map(String), KEY.accessKeyId, KEY.secretAccessKey], {
      stdio: 'inherit',
    })
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('ceph', { ...KEY, endpoint: `http://127.0.0.1:${ports[0]}` })
  return stop
}

/** Nothing there is to be kept: it is killed. */
async function stopCeph(folder: string): Promise<void> {
  const run = join(folder, 'run')
  for (const name of await readdir(run).catch(() => [])) {
    if (!name.endsWith('.pid')) continue
    const pid = Number.parseInt(await readFile(join(run, name), 'utf8'), 10)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  await rm(dirname(folder), { recursive: true, force: true, maxRetries: 5 })
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}
