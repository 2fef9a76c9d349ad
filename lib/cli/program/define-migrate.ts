import { toJson } from '../terminal/to-json.ts'
import type { Define } from './define.ts'
import { examples, wholeNumber, withoutUndefined } from './options.ts'

/** `runledger migrate` */
export const defineMigrate: Define = (command, outside) => {
  command
    .option('--to <schema>', 'no further, so that a backup of an older schema fits', wholeNumber)
    .option('--json', 'print JSON, and nothing else')
    .addHelpText('after', examples('$ DATABASE_URL_DIRECT=postgres://… runledger migrate'))
    .action(async ({ json = false, to }) => {
      const { applied, place } = await outside.migrate(withoutUndefined({ to }))
      const done =
        applied === 0 ? ' is up to date' : `: ${applied} migration${applied === 1 ? '' : 's'} applied`
      outside.terminal.print(json ? toJson({ place, applied }) : `${place}${done}`)
    })
}
