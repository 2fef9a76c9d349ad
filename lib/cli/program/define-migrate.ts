import { toJson } from '../terminal/to-json.ts'
import type { Define } from './define.ts'
import { examples } from './options.ts'

/** `runledger migrate` */
export const defineMigrate: Define = (command, outside) => {
  command
    .option('--json', 'print JSON, and nothing else')
    .addHelpText('after', examples('$ DATABASE_URL_DIRECT=postgres://… runledger migrate'))
    .action(async ({ json = false }) => {
      const { applied, place } = await outside.migrate()
      const done =
        applied === 0 ? ' is up to date' : `: ${applied} migration${applied === 1 ? '' : 's'} applied`
      outside.terminal.print(json ? toJson({ place, applied }) : `${place}${done}`)
    })
}
