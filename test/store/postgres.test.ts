import { archiveStoreContract } from '../contracts/archive-store.contract.ts'
import { auditStoreContract } from '../contracts/audit-store.contract.ts'
import { cronStoreContract } from '../contracts/cron-store.contract.ts'
import { openHarness } from '../contracts/harness.ts'
import { keyStoreContract } from '../contracts/key-store.contract.ts'
import { limitStoreContract } from '../contracts/limit-store.contract.ts'
import { logStoreContract } from '../contracts/log-store.contract.ts'
import { metricsStoreContract } from '../contracts/metrics-store.contract.ts'
import { outputStoreContract } from '../contracts/output-store.contract.ts'
import { retentionStoreContract } from '../contracts/retention-store.contract.ts'
import { runStoreContract } from '../contracts/run-store.contract.ts'
import { serverContract } from '../contracts/server.contract.ts'
import { createDatabase } from '../support/database.ts'

const engine = {
  name: 'Postgres through pg',
  open: async () => {
    const { url, drop } = await createDatabase()
    return await openHarness({ engine: 'pg', url }, drop)
  },
}

runStoreContract(engine)
logStoreContract(engine)
outputStoreContract(engine)
archiveStoreContract(engine)
keyStoreContract(engine)
retentionStoreContract(engine)
auditStoreContract(engine)
limitStoreContract(engine)
cronStoreContract(engine)
metricsStoreContract(engine)
serverContract(engine)
