/** One command as a shell completes it. */
export interface CommandNode {
  /** Its words after the program's name: `['runs', 'list']`; the program itself has none. */
  path: string[]
  commands: Choice[]
  options: CompletedOption[]
  /** What its first argument may be, where that is a closed list. */
  choices: string[]
}

export interface Choice {
  name: string
  description: string
}

export interface CompletedOption {
  /** `--label`, `-y`. */
  flags: string[]
  description: string
  takesValue: boolean
  choices: string[]
}
