import { itemOf, itemsOf, KIND } from '../workload.ts'
import { type Peer, workByCalls } from './peer.ts'

/** The same verbs through a server's `/v1`, over connections that stay open; `base` is the same database in this process. */
export function overHttp(server: { url: string; key: string }, base: Peer): Peer {
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  async function postAll(path: string, runs: unknown[]): Promise<void> {
    const { data } = await post<{ data: { status: number }[] }>(path, { runs })
    const refused = data.find(({ status }) => status >= 300)
    if (refused) throw new Error(`${path}: ${JSON.stringify(refused)}`)
  }
  return {
    ...base,
    name: 'HTTP',
    enqueue: async (n) => void (await post('/v1/runs', itemOf(n))),
    enqueueBatch: async (count) => void (await postAll('/v1/runs:batch', itemsOf(count))),
    work: (job) =>
      workByCalls(job, async (limit) => {
        const { data } = await post<{ data: { run: { id: string }; leaseToken: string }[] }>(
          '/v1/runs:claim',
          {
            workerId: 'bench',
            kinds: [KIND],
            limit,
            leaseSeconds: 60,
          },
        )
        const [only] = data
        if (only === undefined) return 0
        const { leaseToken } = only
        if (limit === 1) await post(`/v1/runs/${only.run.id}:succeed`, { leaseToken })
        else
          await postAll(
            '/v1/runs:complete',
            data.map((one) => ({ outcome: 'succeeded', leaseToken: one.leaseToken })),
          )
        return data.length
      }),
    close: async () => {},
  }
}
