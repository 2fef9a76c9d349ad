import type { Scenario } from '../bench.ts'
import { archive } from './archive.ts'
import { claim } from './claim.ts'
import { deletion } from './delete.ts'
import { enqueue } from './enqueue.ts'
import { exec } from './exec.ts'
import { http } from './http.ts'
import { latency } from './latency.ts'
import { list } from './list.ts'
import { logs } from './logs.ts'
import { pages } from './pages.ts'
import { stale } from './stale.ts'

export const SCENARIOS: Scenario[] = [
  enqueue,
  claim,
  latency,
  list,
  pages,
  http,
  exec,
  logs,
  stale,
  archive,
  deletion,
]
