import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'

const LINES: [line: string, words: string[]][] = [
  ['runledger r', ['retention', 'runs']],
  [
    'runledger runs ',
    [
      ...['archive', 'cancel', 'delete', 'enqueue', 'events', 'help', 'hold', 'list', 'logs', 'outputs'],
      ...['release', 'restore', 'retain', 'retry', 'stats', 'status', 'tail'],
    ],
  ],
  ['runledger runs outputs ', ['get', 'help', 'ls', 'put']],
  ['runledger runs outputs get --fo', ['--force']],
  ['runledger runs logs --ta', ['--tail']],
  ['runledger runs list --st', ['--state', '--storage']],
  ['runledger runs list --storage arch', ['archived', 'archiving']],
  ['runledger runs archive --down', ['--download']],
  ['runledger runs list --state ', ['canceled', 'failed', 'queued', 'running', 'succeeded']],
  ['runledger runs list --state fa', ['failed']],
  ['runledger runs list --kind a --state su', ['succeeded']],
  ['runledger runs cancel --y', ['--yes']],
  ['runledger keys c', ['create']],
  [
    'runledger cron ',
    ['add', 'disable', 'enable', 'help', 'history', 'list', 'next', 'rm', 'show', 'trigger'],
  ],
  ['runledger cron add --overlap ', ['allow', 'queue', 'skip']],
  ['runledger cron history --status mi', ['missed']],
  ['runledger completions ', ['bash', 'fish', 'zsh']],
  ['runledger exec --kind x -- hostnam', ['hostname', 'hostnamectl']],
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runledger-completions-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const isThere = (shell: string) => {
  try {
    return execFileSync(shell, ['--version']).length > 0
  } catch {
    return false
  }
}
const scriptFor = async (shell: string) => {
  const { code, stdout, stderr } = await runCli(['completions', shell])
  expect([code, stderr]).toEqual([0, ''])
  const path = join(folder, `script.${shell}`)
  await writeFile(path, stdout)
  return path
}

/** As each shell is asked for what it would offer. */
const ASK: Record<string, (path: string, line: string) => string[]> = {
  bash(path, line) {
    const program = `source "$1"; read -ra COMP_WORDS <<< "$2"; [[ $2 == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _runledger; printf '%s\\n' "\${COMPREPLY[@]}"`
    return lines(execFileSync('bash', ['--norc', '-c', program, 'bash', path, line]))
  },
  fish(path, line) {
    const program = `source $argv[1]; complete -C $argv[2]`
    return lines(execFileSync('fish', ['--no-config', '-c', program, path, line])).map(
      (one) => one.split('\t')[0] ?? '',
    )
  },
  // Only on a terminal of its own does zsh complete at all: it is asked to list, and the list is read off.
  zsh(path, line) {
    const program = `zmodload zsh/zpty; zpty z 'zsh -f -i'
      zpty -w z "PS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source $1; stty cols 300
      zstyle ':completion:*' list-prompt ''; LISTMAX=9999
      bindkey '^I' list-choices; print rea''dy"; zpty -r -m z x '*ready*'
      zpty -w -n z "$2"$'\\t'; sleep 0.1
      for ((n = 0; n < 30; n++)); do sleep 0.1; while zpty -rt z x; do print -rn -- "$x"; n=20; done; done; zpty -d z`
    const said = execFileSync('zsh', ['-f', '-c', program, 'zsh', path, line]).toString()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what zsh moves its cursor with
    const listed = said.replaceAll(/\x1b\[[\d;?]*[A-Za-z]|\r/g, '\n').split(/\n| -- .*| {2,}/)
    return listed.map((word) => word.trim()).filter((word) => /^(--)?[a-z]{2,}$/.test(word))
  },
}
const lines = (output: Buffer) => output.toString().split('\n').filter(Boolean)

describe.each(['bash', 'fish', 'zsh'])('%s', (shell) => {
  it.runIf(isThere(shell)).each(LINES)('completes “%s”', async (line, words) => {
    const path = await scriptFor(shell)
    const offered = (ASK[shell] as (typeof ASK)[string])(path, line)
    if (line.includes(' -- ')) expect(offered).toEqual(expect.arrayContaining(['hostname']))
    else expect([...new Set(offered)].sort()).toEqual(words)
  })
})

it('an unknown shell is refused, and those there are are named', async () => {
  const { code, stderr } = await runCli(['completions', 'tcsh'])
  expect(code).toBe(2)
  expect(stderr).toContain('Allowed choices are bash, zsh, fish')
})
