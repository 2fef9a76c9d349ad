import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../../cli/commands/doctor.ts'
import { listFolders, spoolIn } from '../../spool/folders.ts'
import { isHeld } from '../../spool/owner.ts'
import type { Config } from '../config.ts'
import { homeOf } from '../home.ts'

/** What commands have left in the spool: runs that wait to be sent, and such as the ledger has refused. */
export async function* examineSpool(config: Config): AsyncGenerator<Finding> {
  const spool = spoolIn(homeOf(config))
  const folders = await listFolders(spool)
  const now = () => new Date()
  const held = await Promise.all(folders.map((folder) => isHeld(folder, now)))
  const waiting = held.filter((isInUse) => !isInUse).length
  const refusedIn = join(spool, 'refused')
  const refused = (await readdir(refusedIn).catch(() => [])).length
  if (waiting > 0)
    yield {
      name: 'spool',
      status: 'warn',
      message: `${runs(waiting)} not in the ledger yet`,
      advice: 'send what is left with: runledger flush',
    }
  if (refused > 0)
    yield {
      name: 'spool',
      status: 'warn',
      message: `${runs(refused)} refused by the ledger; what they printed is in ${refusedIn}`,
      advice: 'each folder has the reason in why.txt, and the log; remove it when you have seen it',
    }
  if (waiting + refused === 0) yield { name: 'spool', status: 'ok', message: 'nothing waits to be sent' }
}

const runs = (count: number) => (count === 1 ? '1 run is' : `${count} runs are`)
