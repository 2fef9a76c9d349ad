import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHome, RUNLEDGER, startProcess } from '../support/cli.ts'

let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
})
afterAll(() => home?.remove())

const sh = (line: string) =>
  startProcess('bash', ['-c', line, process.execPath, RUNLEDGER], {
    env: { HOME: home.path, RUNLEDGER_HOME: home.path },
  }).ended

describe.runIf(existsSync('/dev/full'))('a disk that is full', () => {
  it.each([
    '--help',
    'help runs',
    'runs list',
    'runs list --json',
    'doctor',
    'completions bash',
    'runs enqueue k',
  ])('is one sentence, and ends “%s” with 5', async (line) => {
    expect(await sh(`"$0" "$1" ${line} > /dev/full`)).toMatchObject({
      code: 5,
      stderr: 'runledger: the output cannot be written: no space left on device\n',
    })
  })

  it('under stderr leaves the exit code as it is', async () => {
    expect((await sh('"$0" "$1" runs status x 2> /dev/full')).code).toBe(2)
    expect((await sh('"$0" "$1" runs lits 2> /dev/full')).code).toBe(2)
    expect((await sh('"$0" "$1" exec --kind a -- sh -c "exit 7" 2> /dev/full')).code).toBe(7)
  })
})

it('a reader of the help that leaves is met with silence', async () => {
  const { stdout, stderr } = await sh('set -o pipefail; "$0" "$1" --help | true; echo $?')
  expect([stdout, stderr]).toEqual(['0\n', ''])
})
