import type { CommandNode } from './command-node.ts'

/** For bash 3.2 and newer; needs nothing else of the system. */
export function bashScript(nodes: CommandNode[]): string {
  const known = nodes.map(({ path }) => path.join(' ')).filter(Boolean)
  return `# runledger completions for bash: source <(runledger completions bash)
_runledger() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local called="" word n
  for ((n = 1; n < COMP_CWORD; n++)); do
    word="\${COMP_WORDS[n]}"
    if [[ $called == exec && $word == -- ]]; then
      ((n + 1 == COMP_CWORD)) && COMPREPLY=($(compgen -c -- "$current"))
      return
    fi
    case "\${called:+$called }$word" in
      ${known.map((words) => `'${words}'`).join(' | ')}) called="\${called:+$called }$word" ;;
    esac
  done
  if [[ $current == = ]]; then current=""; elif [[ $previous == = ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$called $previous" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case "$called" in
${nodes.map(wordsCase).join('\n')}
  esac
}
complete -o default -F _runledger runledger`
}

/** After an option that takes a value: its choices, or files. */
function valueCases({ path, options }: CommandNode): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const pattern = flags.map((flag) => `'${path.join(' ')} ${flag}'`).join(' | ')
      const reply =
        choices.length === 0 ? '' : `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); `
      return `    ${pattern}) ${reply}return ;;`
    })
}

function wordsCase({ path, commands, options, choices }: CommandNode): string {
  const flags = options.flatMap((option) => option.flags).filter((flag) => flag.startsWith('--'))
  const words = [...commands.map(({ name }) => name), ...choices]
  return `    '${path.join(' ')}')
      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '${flags.join(' ')}' -- "$current"))
      else COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current")); fi ;;`
}
