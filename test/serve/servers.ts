import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type ServerProcess, startServer } from '../support/server.ts'
import { makeTemporaryFolder } from '../support/temporary-folder.ts'

/** Data folders and the servers on them, for the tests of one file; both are gone after each test. */
export function useServers() {
  const folders: string[] = []
  const servers: ServerProcess[] = []

  afterEach(async () => {
    for (const { cli } of servers.splice(0)) {
      cli.process.kill('SIGKILL')
      await cli.ended
    }
    for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true, maxRetries: 50 })
  })

  /** A folder that is not there yet, below one that others may enter. */
  async function folder(): Promise<string> {
    const path = await makeTemporaryFolder()
    folders.push(path)
    return join(path, 'data')
  }

  /** A server on it, by default with a database of its own. */
  async function start(data: string, env: Record<string, string> = {}): Promise<ServerProcess> {
    const server = await startServer({ RUNLEDGER_DATA_DIR: data, ...env })
    servers.push(server)
    return server
  }

  return { folder, start }
}

export async function enqueueOne({ api }: ServerProcess): Promise<string> {
  return (await api.post<{ id: string }>('/v1/runs', { kind: 'test.serve' })).body.id
}

/** The Postgres servers that run on a data folder (on Linux; elsewhere none are seen). */
export async function postgresOn(data: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Boolean)
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  )
  return pids.filter((_, n) => commands[n]?.includes(`postgres\0-D\0${data}/postgres\0`))
}
