import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isAlive } from '../process/support/run-captured.ts'
import { runCli, startCli, until } from '../support/cli.ts'
import { killsOr, timeForKills } from '../support/kills.ts'
import { local, type Place, remote } from '../support/ledgers.ts'
import { unique } from '../support/make.ts'

const KILLS = killsOr(6)
/** Of a log line, before what was printed. */
const PREFIX = 55
const PRINT =
  'n=0; while [ $n -lt 40000 ]; do echo "line $n of a log that is killed at some moment"; n=$((n+1)); done; exit 3'

describe.each([remote, local])('an exec that is killed, $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await place.open()
  })
  afterAll(() => opened?.close())

  it('at any moment has its run in a true state after a flush, and all of its log that reached the spool', {
    timeout: timeForKills(KILLS, 20_000),
  }, async () => {
    for (let n = 0; n < KILLS; n++) {
      const { env, runs } = await opened.ledger()
      const kind = unique('killed')
      const spool = join(env.HOME ?? '', 'spool')
      const cli = startCli(['exec', '--kind', kind, '--', 'sh', '-c', `echo $$; ${PRINT}`], { env })
      const [pid] = await cli.says(/^\d+$/m)
      onTestFinished(() => void (isAlive(Number(pid)) && process.kill(Number(pid), 'SIGKILL')))
      const [folder = ''] = await until(async () => {
        const names = (await readdir(spool).catch(() => [])).filter((name) => /^\w{26}$/.test(name))
        return names.length > 0 && names
      }, 'the folder of the run')
      await delay(Math.random() * 2_500)
      cli.process.kill('SIGKILL')
      await cli.ended
      // Without a folder it was delivered before.
      const kept = await readFile(join(spool, folder, 'log')).catch(() => Buffer.alloc(0))
      expect(await runCli(['flush'], { env })).toMatchObject({ code: 0, stderr: '' })
      const [run] = await runs(kind)
      expect(run?.state).toBe('failed')
      expect(run?.error).toMatch(/^exit code 3$|how it came out is not known/)
      const log = (await runCli(['runs', 'logs', folder], { env })).stdout
      expect(log.startsWith(kept.toString('latin1', 0, kept.lastIndexOf('\n') + 1))).toBe(true)
      const lines = log.split('\n').slice(1, -1)
      const strange = lines.findIndex(
        (line, at) =>
          !`line ${at} of a log that is killed at some moment`.startsWith(line.slice(PREFIX)) ||
          (line[PREFIX - 2] === '~' && at < lines.length - 1),
      )
      expect({ strange, line: lines[strange] }).toEqual({ strange: -1, line: undefined })
      if (run?.error === 'exit code 3') expect(lines).toHaveLength(40_000)
      expect((await readdir(spool)).filter((name) => !name.startsWith('.'))).toEqual([])
    }
  })
})
