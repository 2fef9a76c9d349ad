import { makeHome } from '../support/cli.ts'
import { startServer } from '../support/server.ts'

export const ADMIN_KEY = 'the-admin-key-of-the-bench'

export interface BenchServer {
  url: string
  key: string
  pid: number
}

/** A server process on that database for as long as `work` takes. No rate limit is in its way. */
export async function withServer<T>(
  databaseUrl: string,
  work: (server: BenchServer) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const home = await makeHome()
  const server = await startServer({
    HOME: home.path,
    DATABASE_URL: databaseUrl,
    RUNLEDGER_DATA_DIR: `${home.path}/data`,
    RUNLEDGER_ADMIN_KEY: ADMIN_KEY,
    RATE_LIMIT_ENQUEUE: '0',
    RATE_LIMIT_CANCEL: '0',
    ...env,
  })
  try {
    return await work({ url: server.url, key: ADMIN_KEY, pid: server.cli.pid })
  } finally {
    await server.stop()
    await home.remove()
  }
}
