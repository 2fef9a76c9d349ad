import type { OpenVerbs } from '../client/verbs.ts'
import type { Finding } from './commands/doctor.ts'
import type { Terminal } from './terminal/terminal.ts'

/** What commands need from outside, as the door (`main.ts`) has it. Each thing is loaded when it is first asked for. */
export interface Outside {
  version: string
  terminal: Terminal
  now(): Date
  newId(): string
  workerId(): string
  /** `server`: the server's database, where there is no server; this machine's own file will not do. */
  open(options: { remote: boolean; server?: boolean }): Promise<OpenVerbs>
  /** Where this machine keeps what is on its way to a ledger, and which ledger that is. Throws where that is not set up right. */
  spool(options: { remote: boolean }): Promise<{ home: string; place: string }>
  /** What a child is given, and the part of it that marks all it starts. */
  childEnvironment(runId: string): { env: NodeJS.ProcessEnv; marker: string }
  /** Of the run that whoever called us holds. */
  leaseToken(): Promise<string | undefined>
  migrate(options: { to?: number }): Promise<{ applied: number; place: string }>
  /** Works through the queue; gives back the exit code. */
  work(options: WorkOptions, place: { remote: boolean }): Promise<number>
  serve(options: { port?: string }): Promise<void>
  /** A ledger of its own with some days of history, until it is stopped. */
  demo(options: DemoOptions): Promise<void>
  /** Everything that can be wrong with this machine's set-up, as it is looked at. */
  examine(): AsyncIterable<Finding>
}

/** What `worker` takes: a file of handlers, or a command and its arguments. */
export interface WorkOptions {
  handlers?: string
  exec?: string[]
  kinds?: string[]
  projectId?: string
  concurrency?: number
  leaseSeconds?: number
  drainMs?: number
  graceMs?: number
  once?: boolean
}

export interface DemoOptions {
  port?: string
  days: number
  /** Told how much of it is made, 0 to 1. */
  progress: (done: number) => void
  /** Told once somebody can look. */
  ready: (url: string, key: string) => void
}

/** How a command prints: for people, or as JSON. */
export type Format = 'text' | 'json' | 'ndjson'

/** What a command about runs or keys is given. */
export interface CommandDependencies {
  open: () => Promise<OpenVerbs>
  terminal: Terminal
  now: () => Date
  format: Format
}
