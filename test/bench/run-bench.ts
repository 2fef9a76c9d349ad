import type { Bench, Scenario } from './bench.ts'
import type { Table } from './row.ts'

/** Runs the scenarios one after the other; each one's databases are gone before the next begins. */
export async function runBench(
  bench: Bench,
  scenarios: Scenario[],
  tell: (table: Table) => void = () => {},
): Promise<Table[]> {
  const tables: Table[] = []
  for (const scenario of scenarios) {
    try {
      const found = await scenario.run(bench)
      for (const table of found) tell(table)
      tables.push(...found)
    } finally {
      await bench.databases.drop()
    }
  }
  return tables
}
