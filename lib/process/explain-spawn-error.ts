import { existsSync } from 'node:fs'

export type SpawnError = { code: string; message: string; exitCode: 126 | 127 }

/** Why a command could not be started, in one sentence, with the exit code a shell gives: 127 not found, else 126. */
export function explainSpawnError(command: string, error: unknown): SpawnError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
  if (command === '') return { code: 'ENOENT', message: 'the command is empty', exitCode: 127 }
  if (code === 'ENOENT') return { code, message: `${command}: ${whatIsMissing(command)}`, exitCode: 127 }
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error))
  return { code, message: `${command}: ${reason}`, exitCode: 126 }
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied (is it executable?)',
  ENOTDIR: 'a part of the path is not a folder',
  E2BIG: 'the arguments and the environment are too long',
  EAGAIN: 'no more processes can be started',
  ENOMEM: 'not enough memory to start it',
}

function whatIsMissing(command: string): string {
  if (!command.includes('/')) return 'command not found'
  return existsSync(command) ? 'the interpreter its first line names was not found' : 'no such file'
}
