import type { CommandNode, CompletedOption } from './command-node.ts'

/** For zsh with its completion system loaded (`compinit`); may be sourced, or be a file `_runledger` in `$fpath`. */
export function zshScript(nodes: CommandNode[]): string {
  const known = nodes.map(({ path }) => path.join(' ')).filter(Boolean)
  return `#compdef runledger
# runledger completions for zsh: source <(runledger completions zsh)
_runledger() {
  local called="" word n
  local -a found
  for ((n = 2; n < CURRENT; n++)); do
    word="\${words[n]}"
    if [[ $called == exec && $word == -- ]]; then
      words=("\${(@)words[n+1,-1]}")
      ((CURRENT -= n))
      _normal
      return
    fi
    case "\${called:+$called }$word" in
      ${known
        .map((words) => `(${quote(words)})`)
        .join(' | ')
        .replaceAll(') | (', ' | ')} called="\${called:+$called }$word" ;;
    esac
  done
  case "$called \${words[CURRENT-1]}" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case "$called" in
${nodes.map(wordsCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _runledger ]]; then _runledger "$@"; else compdef _runledger runledger; fi`
}

function valueCases({ path, options }: CommandNode): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const pattern = flags.map((flag) => quote(`${path.join(' ')} ${flag}`)).join(' | ')
      const reply = choices.length === 0 ? '_files' : `compadd -- ${choices.join(' ')}`
      return `    (${pattern}) ${reply}; return ;;`
    })
}

function wordsCase({ path, commands, options, choices }: CommandNode): string {
  const flags = options.flatMap((option) => flagsOf(option))
  const words = [...commands, ...choices.map((name) => ({ name, description: '' }))].map(described)
  const reply = words.length === 0 ? '_files' : `found=(${words.join(' ')}); _describe -V 'command' found`
  return `    (${quote(path.join(' '))})
      if [[ "$PREFIX" == -* ]]; then found=(${flags.join(' ')}); _describe -o 'option' found
      else ${reply}; fi ;;`
}

const flagsOf = ({ flags, description }: CompletedOption) =>
  flags.map((name) => described({ name, description }))

const described = ({ name, description }: { name: string; description: string }) =>
  quote(
    [name, description]
      .filter(Boolean)
      .map((text) => text.replaceAll(':', '\\:'))
      .join(':'),
  )

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
