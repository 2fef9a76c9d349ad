import { Hono } from 'hono'

// Placeholder until lib/app.ts exists.
const app = new Hono()
app.get('/healthz', (c) => c.json({ status: 'ok' }))

export default app
