import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { ulid } from 'ulid'
import { childEnvironment } from '../runtime/child-environment.ts'
import type { Outside } from './outside.ts'
import { runProgram } from './program/program.ts'
import { openTerminal } from './terminal/terminal.ts'

/** Runs one command; gives back its exit code. What a command needs is loaded by that command. */
export function main(argv: string[]): Promise<number> {
  return runProgram(argv, OUTSIDE)
}

const OUTSIDE: Outside = {
  version: readVersion(),
  terminal: openTerminal(process),
  now: () => new Date(),
  newId: ulid,
  workerId: () => `exec:${hostname()}:${process.pid}`,
  childEnvironment,
  async open(options) {
    const [{ readConfig }, { openVerbs }] = await Promise.all([
      import('../runtime/config.ts'),
      import('../runtime/open-verbs.ts'),
    ])
    return openVerbs(readConfig(), options)
  },
  async spool(options) {
    const [{ readConfig }, { spoolPlace }] = await Promise.all([
      import('../runtime/config.ts'),
      import('../runtime/spool-place.ts'),
    ])
    return spoolPlace(readConfig(), options)
  },
  async leaseToken() {
    const { readConfig } = await import('../runtime/config.ts')
    return readConfig().RUNLEDGER_LEASE_TOKEN
  },
  async migrate(options) {
    const [{ readConfig }, { migrate }] = await Promise.all([
      import('../runtime/config.ts'),
      import('../runtime/migrate.ts'),
    ])
    return migrate(readConfig(), options)
  },
  async work(options, place) {
    const { workerCommand } = await import('../worker/main.ts')
    return workerCommand(options, () => OUTSIDE.open(place))
  },
  async serve({ port }) {
    const { inLittleMemory } = await import('../runtime/in-little-memory.ts')
    const [{ readConfig }, { serveCommand }] = await inLittleMemory(() =>
      Promise.all([import('../runtime/config.ts'), import('../serve.ts')]),
    )
    await serveCommand(readConfig({ PORT: port }))
  },
  async demo({ port, ...options }) {
    const [{ readConfig }, { demoCommand }] = await Promise.all([
      import('../runtime/config.ts'),
      import('../serve-demo.ts'),
    ])
    await demoCommand(readConfig({ PORT: port }), options)
  },
  async *examine() {
    const { examineSetup } = await import('../runtime/examine/examine-setup.ts')
    yield* examineSetup(readVersion())
  },
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return version
}
