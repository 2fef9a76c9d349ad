import { join } from 'node:path'
import { startProcess } from '../support/cli.ts'
import { timed } from './measure.ts'

/** How many ms tar takes to pack a folder and to list what it made, which stays in `home` as `tar.tar.gz`. */
export function tarTimes(home: string, folder: string): Promise<number> {
  const line = 'tar czf "$1" -C "$2" . && tar tzf "$1" > "$1.list"'
  return timed(() => runToEnd('sh', ['-c', line, 'sh', join(home, 'tar.tar.gz'), folder]))
}

/** Runs a program to its end. Throws where it fails. */
export async function runToEnd(program: string, args: string[]): Promise<void> {
  const { code, stderr } = await startProcess(program, args).ended
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`)
}
