import { makeHome, type StartedCli, startCli } from './cli.ts'
import { createDatabase } from './database.ts'

export const ADMIN_KEY = 'the-admin-key-of-the-tests'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** A caller of one server's `/v1`, with one key. */
export interface Api {
  get<T = Record<string, unknown>>(path: string, init?: RequestInit): Promise<Answer<T>>
  post<T = Record<string, unknown>>(path: string, body?: unknown, init?: RequestInit): Promise<Answer<T>>
}

/** A server process that says it is ready. */
export interface ServerProcess {
  url: string
  cli: StartedCli
  /** What the CLI needs to reach it. */
  env: { RUNLEDGER_API_URL: string; RUNLEDGER_API_KEY: string }
  api: Api
  /** SIGTERM; resolves when the process has ended. */
  stop(): Promise<void>
}

/** Starts `runledger serve` on a free port; `env` names the database. */
export async function startServer(env: Record<string, string>): Promise<ServerProcess> {
  const cli = startCli(['serve'], { env: { PORT: '0', ...env } })
  try {
    const [, url = ''] = await cli.says(/Runledger is ready on (\S+)/)
    const [, key = ''] = /RUNLEDGER_API_KEY=(rl_\S+)/.exec(cli.stdout()) ?? []
    const known = env.RUNLEDGER_ADMIN_KEY ?? key
    const stop = async () => {
      cli.process.kill('SIGTERM')
      await cli.ended
    }
    return { url, cli, env: { RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: known }, api: api(url, known), stop }
  } catch (error) {
    cli.process.kill('SIGKILL')
    throw error
  }
}

/** A server process on a database of its own, both gone with `close`. No rate limit is in a test's way. */
export async function startServerWithDatabase(
  env: Record<string, string> = {},
): Promise<ServerProcess & { close(): Promise<void> }> {
  const [database, home] = await Promise.all([createDatabase(), makeHome()])
  const server = await startServer({
    HOME: home.path,
    DATABASE_URL: database.url,
    RUNLEDGER_DATA_DIR: `${home.path}/data`,
    RUNLEDGER_ADMIN_KEY: ADMIN_KEY,
    RATE_LIMIT_ENQUEUE: '0',
    RATE_LIMIT_CANCEL: '0',
    RATE_LIMIT_PRESIGN: '0',
    RATE_LIMIT_SEARCH: '0',
    RATE_LIMIT_SIGN_IN: '0',
    ...env,
  })
  const close = async () => {
    await server.stop()
    await Promise.all([database.drop(), home.remove()])
  }
  return { ...server, close }
}

/** Speaks JSON to a server. */
export function api(url: string, key: string): Api {
  async function call<T>(path: string, init: RequestInit): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) }
    const response = await fetch(new URL(path, url), { ...init, headers })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : undefined) as T,
    }
  }
  return {
    get: (path, init = {}) => call(path, init),
    post: (path, body, init = {}) =>
      call(path, {
        method: 'POST',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...init,
        headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
      }),
  }
}
