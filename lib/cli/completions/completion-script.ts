import { bashScript } from './bash-script.ts'
import type { CommandNode } from './command-node.ts'
import { fishScript } from './fish-script.ts'
import { zshScript } from './zsh-script.ts'

/**
 * What makes a shell complete the program. It is whole: no key pressed starts the program. What follows `exec … --` is
 * completed as the command line that it is.
 */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', nodes: CommandNode[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(nodes)
    case 'zsh':
      return zshScript(nodes)
    case 'fish':
      return fishScript(nodes)
  }
}
