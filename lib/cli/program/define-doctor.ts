import type { Define } from './define.ts'
import { examples } from './options.ts'

/** `runledger doctor` */
export const defineDoctor: Define = (command, outside, end) => {
  command
    .option('--json', 'print JSON, and nothing else')
    .addHelpText('after', examples('$ runledger doctor', '$ runledger doctor --json'))
    .action(async ({ json = false }) => {
      const { doctorCommand } = await import('../commands/doctor.ts')
      end(await doctorCommand({ examine: outside.examine, terminal: outside.terminal, json }))
    })
}
