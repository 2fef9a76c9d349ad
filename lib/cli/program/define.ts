import type { Command } from 'commander'
import type { Outside } from '../outside.ts'

/** Gives a command its options and what it does; `end` is told the exit code. */
export type Define = (command: Command, outside: Outside, end: (exitCode: number) => void) => void
