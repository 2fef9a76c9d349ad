// A worker inside a service of your own.
import { createClient } from 'runledger/client'
import { createWorker } from 'runledger/worker'
import handlers from './handlers.ts'

const { RUNLEDGER_API_URL: url = 'http://127.0.0.1:3000', RUNLEDGER_API_KEY: apiKey = '' } = process.env
const worker = createWorker({
  client: createClient({ url, apiKey }),
  handlers,
  concurrency: 2,
  drainMs: 20_000,
})
process.once('SIGTERM', () => worker.stop())

const summary = await worker.run()
console.log(`done: ${summary.succeeded} succeeded, ${summary.failed} failed`)
