import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { toShell } from '../../lib/cli/program/to-shell.ts'

it('a command to type is what a shell reads it as', () => {
  const line = toShell(['printf', '%s\\n'], {
    state: ['failed', 'canceled'],
    q: `it's $HOME`,
    remote: true,
    all: false,
  })
  expect(execFileSync('sh', ['-c', line]).toString().split('\n')).toEqual([
    '--state',
    'failed,canceled',
    '--q',
    `it's $HOME`,
    '--remote',
    '',
  ])
})
