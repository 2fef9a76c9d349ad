import type { Define } from './define.ts'
import { examples } from './options.ts'

/** `runledger serve` */
export const defineServe: Define = (command, outside) => {
  command
    .option('--port <port>', 'where to listen (default: PORT, else 3000)')
    .addHelpText('after', examples('$ runledger serve --port 8080'))
    .action((options) => outside.serve(options))
}
