import { readProcess } from './process-table.ts'

/**
 * Takes SIGINT, SIGTERM, SIGHUP and SIGQUIT for as long as a child runs, instead of dying of them, and gives each to
 * `deliver`, every time. The function it returns ends that.
 */
export function passSignals(deliver: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of passedSignals) process.on(signal, deliver)
  return () => {
    for (const signal of passedSignals) process.off(signal, deliver)
  }
}

/**
 * Whether the terminal sends this signal to our whole process group, so that a child in it has it already. Told by the
 * kind of signal and by our being in the foreground: a lone `kill -INT` at a foreground process looks the same.
 */
export function isFromTerminal(signal: NodeJS.Signals): boolean {
  if (signal !== 'SIGINT' && signal !== 'SIGQUIT') return false
  const self = readProcess('self')
  return self === null || self.terminalGroup === self.pgid
}

const passedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
