import { Scope } from '../../ports/actor.ts'
import { toFixedInstant } from '../instant.ts'
import type { Define } from './define.ts'
import { argument, dependenciesOf, examples, IN_DATABASE, withCommonOptions } from './options.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

/** `runledger keys …` */
export const defineKeys: Define = (keys, outside, end) => {
  keys.addHelpText('after', examples('$ runledger keys list'))
  const load = () => import('../commands/keys.ts')

  const create = keys
    .command('create')
    .description('make a key; its text is shown this once')
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption('--scope <scope...>', Scope.options.join(', '))
    .option('--project <id>', 'the only project it sees')
    .option('--expires <instant>', 'when it ends, such as 2027-01-01T00:00:00Z', argument(toFixedInstant))
  withCommonOptions(create)
    .addHelpText(
      'after',
      examples('$ runledger keys create --name laptop --scope runs:read runs:write runs:work'),
    )
    .action(async (options) => {
      const { createKeyCommand } = await load()
      const deps = dependenciesOf(outside, options, IN_DATABASE)
      end(await createKeyCommand({ ...options, scopes: options.scope }, deps))
    })

  withCommonOptions(keys.command('list').description('list the keys'), { list: true })
    .addHelpText('after', examples('$ runledger keys list --json'))
    .action(async (options) => {
      const { listKeysCommand } = await load()
      end(await listKeysCommand(dependenciesOf(outside, options, IN_DATABASE)))
    })

  const rotate = keys
    .command('rotate')
    .description('give a key a new secret; the old one ends at once')
    .argument('<id>', 'the id of the key')
  withCommonOptions(rotate)
    .addHelpText('after', examples(`$ runledger keys rotate ${ID}`))
    .action(async (id, options) => {
      const { rotateKeyCommand } = await load()
      end(await rotateKeyCommand(id, dependenciesOf(outside, options, IN_DATABASE)))
    })

  const revoke = keys
    .command('revoke')
    .description('end a key for good')
    .argument('<id>', 'the id of the key')
  withCommonOptions(revoke)
    .addHelpText('after', examples(`$ runledger keys revoke ${ID}`))
    .action(async (id, options) => {
      const { revokeKeyCommand } = await load()
      end(await revokeKeyCommand(id, dependenciesOf(outside, options, IN_DATABASE)))
    })
}
