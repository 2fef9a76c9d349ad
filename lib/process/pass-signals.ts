import { readProcess } from './process-table.ts'

export type SignalPassing = {
  /** Who is given them. To be called in the turn of the loop that took them: no signal is heard before it is over. */
  to(deliver: (signal: NodeJS.Signals) => void): void
  stop(): void
}

/**
 * Takes SIGINT, SIGTERM, SIGHUP and SIGQUIT, each time, instead of dying of them. From before a child starts until it
 * and its output have ended, so that there is no moment in which one ends us and leaves the child alone.
 */
export function takeSignals(): SignalPassing {
  let deliver: (signal: NodeJS.Signals) => void = () => {}
  const take = (signal: NodeJS.Signals) => deliver(signal)
  for (const signal of passedSignals) process.on(signal, take)
  return {
    to(receiver) {
      deliver = receiver
    },
    stop() {
      for (const signal of passedSignals) process.off(signal, take)
    },
  }
}

/** For a caller that ends its children itself. */
export const leaveSignals: SignalPassing = { to() {}, stop() {} }

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
