import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Sizes } from './bench.ts'
import { databasesOn } from './databases.ts'
import { describeMachine } from './machine.ts'
import { toMarkdown, toPage } from './report.ts'
import { runBench } from './run-bench.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { startDurablePostgres } from './server.ts'

const USAGE = `npm run bench -- [--only ${SCENARIOS.map(({ name }) => name).join(',')}] [--quick] [--write]`

const WHOLE: Sizes = {
  rounds: 5,
  single: 2_000,
  batches: 20,
  claims: { 1: 1_000, 10: 5_000, 100: 12_000 },
  firstCalls: 60,
  many: 1_000_000,
  few: 1_000,
  latencies: 100,
  starts: 15,
  printedBytes: 100_000_000,
  prints: 5,
  archived: { files: 2_000, bytes: 200_000_000 },
  archivedInParts: { files: 2_000, bytes: 5_000_000_000, passMs: 60_000 },
}

/** For a look while working: an eighth of the time, and a tenth of a million. */
const QUICK: Sizes = {
  ...WHOLE,
  rounds: 3,
  single: 1_000,
  batches: 6,
  claims: { 1: 500, 10: 2_000, 100: 6_000 },
  many: 100_000,
  starts: 5,
  prints: 2,
  archivedInParts: null,
}

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, quick: { type: 'boolean' }, write: { type: 'boolean' } },
  })
  const { only = '', quick = false, write = false } = values
  const wanted = only === '' ? SCENARIOS : SCENARIOS.filter(({ name }) => only.split(',').includes(name))
  if (wanted.length === 0 || (only !== '' && wanted.length < only.split(',').length))
    return refuse('no such scenario')
  if (write && (quick || only !== '')) return refuse('what is written is the whole bench')

  const server = await startDurablePostgres()
  try {
    const databases = databasesOn(server.url)
    const machine = await describeMachine(databases)
    print(machine.join('\n'))
    const bench = { databases, sizes: quick ? QUICK : WHOLE, say }
    const tables = await runBench(bench, wanted, (table) => print(`\n${toMarkdown(table)}`))
    if (write) await writeFile(join(import.meta.dirname, 'README.md'), toPage(machine, tables))
    return 0
  } finally {
    await server.stop()
  }
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n${USAGE}\n`)
  return 2
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}
