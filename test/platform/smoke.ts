import { expect } from 'vitest'

/** Asks a served output for one thing of each kind; `cronSecret` is what the functions were given, if anything. */
export async function smoke(url: string, cronSecret?: string): Promise<void> {
  const health = await fetch(`${url}/healthz`)
  expect(health.status).toBe(200)
  expect(await health.json()).toMatchObject({ status: 'ok' })

  expect((await fetch(`${url}/robots.txt`)).status).toBe(200)
  expect((await fetch(`${url}/no/such/path`)).status).toBe(404)

  for (const authorization of ['', 'Bearer ', 'Bearer undefined', 'Bearer wrong']) {
    const headers = { 'user-agent': 'vercel-cron/1.0', ...(authorization && { authorization }) }
    const tick = await fetch(`${url}/api/cron/tick`, { headers })
    expect(tick.status, `tick with '${authorization}'`).toBe(cronSecret ? 401 : 503)
  }
}
