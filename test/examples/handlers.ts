// What a worker can do, by kind. With the command line: runledger worker --handlers ./handlers.ts
import { setTimeout as sleep } from 'node:timers/promises'
import { type Handler, NonRetryableError } from 'runledger/worker'

interface Report {
  month: string
  database: string
}

const buildReport: Handler = async (run, { signal, log, progress, output }) => {
  // {"$secret": "database"} in the input has become the value of RUNLEDGER_SECRET_DATABASE.
  const { month, database } = run.input as Report
  if (!/^\d{4}-\d{2}$/.test(month)) throw new NonRetryableError(`${month} is no month`)
  log('building', { month, from: database })
  for (const part of [1, 2, 3]) {
    // Throws when the run is canceled, times out or is lost, or the worker shuts down.
    await sleep(50, undefined, { signal })
    progress(part * 33, `part ${part} of 3`)
  }
  await output(`reports/${month}.csv`, 'number,amount\n', { contentType: 'text/csv' })
  return `s3://reports/${month}.pdf`
}

export default { 'report.build': buildReport }
