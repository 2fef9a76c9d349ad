// Puts a run into the queue, once, and watches it to its end.
import { createClient, LedgerError } from 'runledger/client'

const { RUNLEDGER_API_URL: url = 'http://127.0.0.1:3000', RUNLEDGER_API_KEY: apiKey = '' } = process.env
const ledger = createClient({ url, apiKey })

try {
  const { run, replayed } = await ledger.enqueueRun({
    kind: 'report.build',
    input: { month: '2026-11', database: { $secret: 'database' } },
    maxAttempts: 3,
    timeoutSeconds: 600,
    idempotencyKey: 'report-2026-11',
  })
  console.log(replayed ? 'already there' : 'enqueued')
  for await (const event of (await ledger.followRun({ id: run.id })) ?? []) console.log(event.type)
  const ended = await ledger.getRun({ id: run.id })
  console.log(`${ended.state}: ${ended.outputRef ?? ended.error}`)
} catch (error) {
  if (!(error instanceof LedgerError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
