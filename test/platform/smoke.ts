import { expect } from 'vitest'

export interface SmokeOptions {
  url: string
  /** What the functions were given, if anything. */
  cronSecret?: string | undefined
  adminKey: string
}

/** Asks a served output for one thing of each kind. */
export async function smoke({ url, cronSecret, adminKey }: SmokeOptions): Promise<void> {
  await answersWithoutKey(url)
  await takesARunThroughItsLife(url, adminKey)
  await refusesASecret(url, adminKey)
  await ticksForThePlatformAlone(url, cronSecret)
}

async function answersWithoutKey(url: string): Promise<void> {
  const health = await fetch(`${url}/healthz`)
  expect(health.status).toBe(200)
  expect(await health.json()).toMatchObject({ status: 'ok' })
  expect((await fetch(`${url}/robots.txt`)).status).toBe(200)
  expect((await fetch(`${url}/no/such/path`)).status).toBe(404)
  expect((await fetch(`${url}/v1/runs`)).status).toBe(401)
  const api = (await (await fetch(`${url}/v1/openapi.json`)).json()) as { paths: object }
  expect(Object.keys(api.paths)).toContain('/v1/runs/{id}:cancel')
  expect(await (await fetch(`${url}/docs`)).text()).toContain('Enqueue a run')
}

async function takesARunThroughItsLife(url: string, key: string): Promise<void> {
  const kind = `smoke.${crypto.randomUUID()}`
  const queued = await post(`${url}/v1/runs`, key, { kind, input: { n: 1 } })
  expect(queued).toMatchObject({ status: 201, body: { state: 'queued', kind } })
  const claimed = await post(`${url}/v1/runs:claim`, key, {
    workerId: 'smoke',
    kinds: [kind],
    waitSeconds: 1,
  })
  const [{ leaseToken }] = claimed.body.data as [{ leaseToken: string }]
  const ended = await post(`${url}/v1/runs/${queued.body.id}:succeed`, key, { leaseToken })
  expect(ended).toMatchObject({ status: 200, body: { state: 'succeeded', progress: 100 } })
  const list = await fetch(`${url}/v1/runs?kind=${kind}`, { headers: { authorization: `Bearer ${key}` } })
  expect(await list.json()).toMatchObject({ data: [{ id: queued.body.id }], nextCursor: null })
}

/** The rules are loaded when first needed, which must work from within a bundle, too. */
async function refusesASecret(url: string, key: string): Promise<void> {
  const refused = await post(`${url}/v1/runs`, key, { kind: 'smoke', input: { key: 'AKIAIOSFODNN7EXAMPL2' } })
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'input.key' }] } })
}

async function ticksForThePlatformAlone(url: string, cronSecret: string | undefined): Promise<void> {
  const tick = (authorization: string) => {
    const headers = { 'user-agent': 'vercel-cron/1.0', ...(authorization && { authorization }) }
    return fetch(`${url}/api/cron/stale`, { headers })
  }
  for (const authorization of ['', 'Bearer ', 'Bearer undefined', 'Bearer wrong'])
    expect((await tick(authorization)).status, `tick with '${authorization}'`).toBe(cronSecret ? 401 : 503)
  if (cronSecret === undefined) return
  const ticked = await tick(`Bearer ${cronSecret}`)
  expect(ticked.status).toBe(200)
  expect(await ticked.json()).toMatchObject({ success: true, data: { more: false } })
}

async function post(
  url: string,
  key: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
