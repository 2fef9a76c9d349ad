import { Argument } from 'commander'
import type { Define } from './define.ts'
import { examples } from './options.ts'

const SHELLS = ['bash', 'zsh', 'fish']

/** `runledger completions <shell>` */
export const defineCompletions: Define = (command, outside) => {
  command
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../completions/completion-script.ts')
      const { toCommandNodes } = await import('./to-command-nodes.ts')
      const root = command.parent ?? command
      outside.terminal.print(completionScript(shell, toCommandNodes(root)))
    })
}

const HELP = examples(
  "$ echo 'source <(runledger completions bash)' >> ~/.bashrc",
  "$ echo 'source <(runledger completions zsh)' >> ~/.zshrc        (after compinit)",
  '$ runledger completions fish > ~/.config/fish/completions/runledger.fish',
)
