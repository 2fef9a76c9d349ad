import type { CommandNode, CompletedOption } from './command-node.ts'

/** For fish 3 and newer: a file `runledger.fish` in `~/.config/fish/completions`, or sourced. */
export function fishScript(nodes: CommandNode[]): string {
  const known = nodes.map(({ path }) => path.join(' ')).filter(Boolean)
  return `# runledger completions for fish: runledger completions fish > ~/.config/fish/completions/runledger.fish
function __runledger_called
  set -l called ''
  for word in (commandline -opc)[2..-1]
    if test "$called" = exec -a "$word" = --
      set called 'exec --'
      break
    end
    set -l longer (string trim -- "$called $word")
    if contains -- "$longer" ${known.map(quote).join(' ')}
      set called $longer
    end
  end
  echo $called
end
function __runledger_at
  set -l called (__runledger_called)
  test "$called" = "$argv"
end
function __runledger_subcommand
  set -l words (commandline -opc)
  set -l rest
  set -l at (contains -i -- -- $words)
  if test $at -lt (count $words)
    set rest (string escape -- $words[(math $at + 1)..-1])
  end
  complete -C (string join ' ' -- $rest (commandline -ct))
end
complete -c runledger -f
complete -c runledger -n '__runledger_at exec --' -a '(__runledger_subcommand)'
${nodes.flatMap(linesOf).join('\n')}`
}

function linesOf({ path, commands, options, choices }: CommandNode): string[] {
  const start = `complete -c runledger -n ${quote(`__runledger_at ${path.join(' ')}`.trimEnd())}`
  return [
    ...commands.map(({ name, description }) => `${start} -a ${name} -d ${quote(description)}`),
    ...(choices.length === 0 ? [] : [`${start} -a ${quote(choices.join(' '))}`]),
    ...options.map((option) => `${start} ${flagsOf(option)} -d ${quote(option.description)}`),
  ]
}

function flagsOf({ flags, takesValue, choices }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r -F' : ''
  return names.join(' ') + value
}

const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
