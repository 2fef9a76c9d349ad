import type { Log } from '../ports/log.ts'

/** Says nothing: for the CLI, whose errors are told to its user. */
export const silentLog: Log = { info() {}, warn() {}, error() {} }
