#!/usr/bin/env node
// Plain JavaScript on purpose: an older Node must be able to read it, to say what it needs or to hand over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const NEEDED = [22, 20]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  quietExperimentalWarnings()
  keepCompiledCode()
  // A clone runs its sources, which are never stale; the package brings what was built of them instead.
  const isClone = existsSync(new URL('./main.ts', import.meta.url))
  const { main } = await import(isClone ? './main.ts' : '../../dist/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  handOver()
}

/**
 * Saves half of the start. Beside the code itself, and not in the shared folder for temporary files that Node would
 * choose: what is kept there is run, so nobody else may write there. Where we may not either, nothing is kept.
 */
function keepCompiledCode() {
  module.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/runledger', import.meta.url)))
}

/** Node 22 calls SQLite and type stripping experimental; both do what is asked of them here. */
function quietExperimentalWarnings() {
  const emitWarning = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (rest[0] !== 'ExperimentalWarning' && rest[0]?.type !== 'ExperimentalWarning')
      emitWarning.call(process, warning, ...rest)
  }
}

/** Runs the same command under the Node that npm installed with Runledger, where there is one. */
function handOver() {
  const bundled = ['../../node_modules/.bin/node', '../../../.bin/node']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  if (bundled === undefined) return giveUp()
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  // A terminal sends Ctrl-C to both of us.
  const passed =
    process.stdin.isTTY || process.stderr.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => passed.includes(signal) && child.kill(signal))
  // It may be there and yet not run here, as on a system with another libc.
  child.on('error', giveUp)
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}

function giveUp() {
  console.error(
    `runledger needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node} (https://nodejs.org)`,
  )
  process.exitCode = 2
}
