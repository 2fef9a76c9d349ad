import type { Define } from './define.ts'
import { dependenciesOf, examples, withCommonOptions, withPaging } from './options.ts'
import { toShell } from './to-shell.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

/** `runledger runs outputs …` */
export const defineOutputs: Define = (outputs, outside, end) => {
  outputs
    .description('the files that a run has produced')
    .addHelpText(
      'after',
      examples(`$ runledger runs outputs ls ${ID}`, `$ runledger runs outputs get ${ID} --to ./results`),
    )
  outputs.helpCommand('help [command...]', 'show how a command is used')
  defineLs(outputs.command('ls'), outside, end)
  defineGet(outputs.command('get'), outside, end)
  definePut(outputs.command('put'), outside, end)
}

const defineLs: Define = (ls, outside, end) => {
  const command = ls.description('list them, in order of path').argument('<id>', 'the id of the run')
  withCommonOptions(withPaging(command), { list: true })
    .addHelpText(
      'after',
      examples(
        `$ runledger runs outputs ls ${ID}`,
        `$ runledger runs outputs ls ${ID} --all --ndjson | jq -r .path`,
      ),
    )
    .action(async (id, { remote, json, ndjson, limit: count, all = false, cursor }) => {
      const { lsCommand } = await import('../commands/runs/outputs/ls.ts')
      const nextPage = (after: string) =>
        toShell(['runledger', 'runs', 'outputs', 'ls', id], { limit: count, remote, cursor: after })
      const deps = dependenciesOf(outside, { remote, json, ndjson })
      end(await lsCommand({ id, limit: count, all, cursor, nextPage }, deps))
    })
}

const defineGet: Define = (get, outside, end) => {
  const command = get
    .description('save them below a folder; prints where')
    .argument('<id>', 'the id of the run')
    .argument('[path...]', 'as they are listed (default: all)')
    .option('--to <folder>', 'the folder, made where it is missing', '.')
    .option('--force', 'overwrite what is there already')
  withCommonOptions(command, { list: true })
    .addHelpText('after', GET_HELP)
    .action(async (id, paths: string[], { to: folder, force = false, ...options }) => {
      const { getCommand } = await import('../commands/runs/outputs/get.ts')
      end(await getCommand({ id, paths, folder, force }, dependenciesOf(outside, options)))
    })
}

const definePut: Define = (put, outside, end) => {
  const command = put
    .description('add a file to a run that you hold; prints what it is called there')
    .argument('<id>', 'the id of the run')
    .argument('<file>', 'the file')
    .option('--as <path>', 'what it is called there, such as reports/a.csv (default: its name)')
    .option('--type <type>', 'its media type, such as text/csv')
    .option('--lease-token <token>', 'of the claim (default: RUNLEDGER_LEASE_TOKEN)')
  withCommonOptions(command)
    .addHelpText('after', PUT_HELP)
    .action(async (id, file, { as, type: contentType, leaseToken, ...options }) => {
      const { putCommand } = await import('../commands/runs/outputs/put.ts')
      const token = leaseToken ?? (await outside.leaseToken())
      const deps = dependenciesOf(outside, options)
      end(await putCommand({ id, file, as, contentType, leaseToken: token }, deps))
    })
}

const GET_HELP = `
Each file is compared with its length and sha256 as recorded, and is there whole or not at all.
${examples(
  `$ runledger runs outputs get ${ID} --to ./results`,
  `$ runledger runs outputs get ${ID} reports/2026/a.csv --force`,
)}`

const PUT_HELP = `
A run takes files from whoever holds it alone: a worker of your own has the token from its claim (leaseToken). A script under
"exec" has none, for it starts before the ledger hears of it: what it puts into the folder of "exec --output" is kept.
Interrupted, it goes on with what is stored when it is called again with the same file.
${examples(`$ RUNLEDGER_LEASE_TOKEN=… runledger runs outputs put ${ID} ./a.csv --as reports/a.csv --type text/csv`)}`
