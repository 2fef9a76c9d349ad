import { describe, expect, it } from 'vitest'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { type CliOptions, runCli } from '../support/cli.ts'

const run = (line: string, env: CliOptions['env'] = {}) => runCli(line.split(' ').filter(Boolean), { env })

describe('help', () => {
  it.each([
    ...['', 'exec', 'runs', 'cron', 'alerts', 'keys', 'migrate', 'serve', 'doctor', 'completions'],
    ...['enqueue', 'list', 'status', 'tail', 'events', 'cancel', 'retry', 'stats'].map(
      (name) => `runs ${name}`,
    ),
    ...['create', 'list', 'rotate', 'revoke'].map((name) => `keys ${name}`),
    ...['list', 'show', 'next', 'trigger', 'enable', 'disable', 'add', 'rm', 'history'].map(
      (name) => `cron ${name}`,
    ),
  ])('of “%s” shows an example, on stdout, and ends with 0', async (command) => {
    const { code, stdout, stderr } = await run(`${command} --help`)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: runledger ${command}`.trimEnd())
    expect(stdout).toMatch(/Examples?:\n +\$ .*runledger /)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the start of a colour
    expect(stdout).not.toMatch(/\x1b/)
  })

  it.each([
    ['help', 'Usage: runledger [options]'],
    ['help runs', 'Usage: runledger runs [options] [command]'],
    ['help runs list', 'Usage: runledger runs list [options]'],
    ['help exec', 'Usage: runledger exec [options]'],
    ['runs help', 'Usage: runledger runs [options] [command]'],
    ['runs help list', 'Usage: runledger runs list [options]'],
    ['runs help list --help', 'Usage: runledger runs list [options]'],
  ])('is also what “%s” prints', async (line, words) => {
    const { code, stdout } = await run(line)
    expect(code).toBe(0)
    expect(stdout).toContain(words)
  })

  it('is what a bare runledger prints, on stderr, and ends with 2', async () => {
    const { code, stdout, stderr } = await run('')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Usage: runledger/)
  })
})

it.each(['--version', '-V'])('%s is the package’s', async (flag) => {
  const { code, stdout } = await run(flag)
  expect([code, stdout]).toEqual([0, `${packageJson.version}\n`])
})

describe('what cannot be understood ends with 2', () => {
  it.each([
    ['exce', "unknown command 'exce'\n(Did you mean exec?)"],
    ['key list', "unknown command 'key'\n(Did you mean keys?)"],
    ['runs lits', "unknown command 'lits'\n(Did you mean list?)"],
    ['runs list --sate failed', "unknown option '--sate'\n(Did you mean --state?)"],
    ['runs list --state faild', '"faild" is none of queued, running, succeeded, failed, canceled'],
    ['runs list --since yesterday', 'is not an instant; write 2026-11-21T10:30:00Z'],
    ['runs list --json --ndjson', "'--json' cannot be used with option '--ndjson'"],
    ['runs status', "missing required argument 'id'"],
    ['--vresion', "unknown option '--vresion'\n(Did you mean --version?)"],
    ['cron lits', "unknown command 'lits'\n(Did you mean list?)"],
    ['cron histroy', '(Did you mean history?)'],
    ['corn list', '(Did you mean cron?)'],
    ['cron add x --enqueue a', "required option '--schedule <expression>' not specified"],
    [
      'cron add x --schedule @daily --enqueue a --http http://b',
      "'--enqueue <kind>' cannot be used with option '--http <url>'",
    ],
    ['cron add x --schedule @daily --http http://b --input 1', "'--input <json>' cannot be used with option"],
    ['cron add x --schedule @daily --http http://b --header nothing', "write 'name: value'"],
    ['cron add x --schedule @daily --enqueue a --missed never', 'Allowed choices are once, skip, all'],
    ['cron history --status lost', '"lost" is none of queued, running, completed, failed'],
    ['keys lst', "unknown command 'lst'\n(Did you mean list?)"],
    ['migrat', '(Did you mean migrate?)'],
    ['exec --kind a --tiemout 3 -- true', "unknown option '--tiemout'\n(Did you mean --timeout?)"],
    ['exec -- true', "required option '--kind <kind>' not specified"],
    ['exec --kind a', "missing required argument 'command'"],
    ['exec --kind a --timeout soon -- true', '"soon" is not a duration; write 90s, 5m, 1h30m or 2d'],
    ['exec --kind a --label team -- true', 'write key=value'],
    ['keys create --name a', "required option '--scope <scope...>' not specified"],
    ['keys rotate', "missing required argument 'id'"],
    ['help lst', "unknown command 'lst'"],
    ['help runs lits', "unknown command 'lits'\n(Did you mean list?)"],
    ['runs help lits', "unknown command 'lits'\n(Did you mean list?)"],
    ['help runs list all', "runs list has no command 'all'"],
    ['runs enqueue k --delay 99999999d', '"99999999d" is longer than 100 years'],
    ['runs enqueue k --delay 1e9', 'is not a duration'],
    ['runs enqueue k --timeout 0', 'write a duration longer than 0 and of at most 30d'],
    ['runs enqueue k --timeout 31d', 'write a duration longer than 0 and of at most 30d'],
    ['runs enqueue k --run-at 2h', '"2h" is not an instant; write 2026-11-21T10:30:00Z or 2026-11-21\n'],
    ['runs enqueue k --run-at 2026-02-31', '"2026-02-31" is no day of the calendar'],
    ['runs list --since 99999999d', '"99999999d" is longer than 100 years'],
    ['runs list --since 2026-02-31', '"2026-02-31" is no day of the calendar'],
    ['runs list --limit 99999999999999', 'write a whole number from 1 to 1000000'],
    ['runs list --limit 0', 'write a whole number from 1 to 1000000'],
    ['keys create --name a --scope admin --expires 2027-02-29', '"2027-02-29" is no day of the calendar'],
    ['exec --kind a --timeout 0 -- true', 'write a duration longer than 0 and of at most 30d'],
    ['exec --kind a --grace 99999999d -- true', '"99999999d" is longer than 100 years'],
    ['exec --kind a --grace 30d -- true', 'write a duration of at most 7d'],
    ['worker --exec true --drain 30d', 'write a duration of at most 7d'],
    ['serve --port many', 'PORT is "many"; it takes a whole number from 0 to 65535'],
  ])('%s', async (line, words) => {
    const { code, stdout, stderr } = await run(line)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
  })
})

describe('a variable that is wrong', () => {
  it('is named, with what it was and what it takes', async () => {
    const { code, stderr } = await run('migrate', { PORT: '70000', DATABASE_DRIVER: 'mysql' })
    expect(code).toBe(2)
    expect(stderr).toBe(
      'runledger: DATABASE_DRIVER is "mysql"; it takes pg or neon\n' +
        'PORT is "70000"; it takes a whole number from 0 to 65535\n',
    )
  })

  it('and secret is named, and not shown', async () => {
    const { code, stderr } = await run('migrate', { DATABASE_URL: 'mysql://me:geheim@host/db' })
    expect(code).toBe(2)
    expect(stderr).toBe(
      'runledger: DATABASE_URL is not right; it takes postgres://user:password@host:port/database\n',
    )
  })
})

describe('a server that cannot be used', () => {
  it('without RUNLEDGER_API_KEY ends with 2', async () => {
    const { code, stderr } = await run('keys list', { RUNLEDGER_API_URL: 'http://127.0.0.1:1' })
    expect([code, stderr]).toEqual([2, 'runledger: set RUNLEDGER_API_KEY to a key of http://127.0.0.1:1\n'])
  })

  it('by --remote without RUNLEDGER_API_URL ends with 2', async () => {
    const { code, stderr } = await run('keys list --remote')
    expect([code, stderr]).toEqual([
      2,
      'runledger: --remote needs RUNLEDGER_API_URL, the address of the server\n',
    ])
  })

  it('because nothing is there ends with 5', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const { code, stderr } = await run('keys list', { RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: 'any' })
    expect([code, stderr]).toEqual([5, `runledger: cannot reach ${url}: ECONNREFUSED\n`])
  })

  it.each(['keys list', 'migrate'])('because its database is not there ends with 5 (%s)', async (line) => {
    const url = `postgres://me@127.0.0.1:${await freePort()}/db`
    const { code, stderr } = await run(line, { DATABASE_URL: url })
    expect([code, stderr]).toEqual([
      5,
      'runledger: the database cannot be reached right now; try again in a few seconds\n',
    ])
  })
})
