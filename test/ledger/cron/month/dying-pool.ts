import type { Pool, PoolClient, Query } from '../../../../lib/store/postgres/connect.ts'

/**
 * A pool as a process has it that is killed after so many statements: the next one is not sent, or its answer is not read, and
 * nothing works any more. What was not committed is undone by the server, as with the process's connection.
 */
export function dyingPool(pool: Pool, statements: number, losesAnswer: boolean): Pool {
  let left = statements
  const ask = async <T>(send: () => Promise<T>): Promise<T> => {
    if (left <= 0 && !(left === 0 && losesAnswer)) throw new Error('killed')
    const isLast = left-- === 0
    const answer = await send()
    if (isLast) throw new Error('killed')
    return answer
  }
  return {
    query: (query) => ask(() => pool.query(query)),
    connect: async () => dyingClient(await pool.connect(), ask),
    end: () => pool.end(),
    on: (event, listener) => pool.on(event, listener),
  }
}

function dyingClient(client: PoolClient, ask: <T>(send: () => Promise<T>) => Promise<T>): PoolClient {
  return {
    query: (query: Query | string) => ask(() => client.query(query)),
    release: (broken) => client.release(broken),
    on: (event, listener) => client.on(event, listener),
    off: (event, listener) => client.off(event, listener),
  }
}
