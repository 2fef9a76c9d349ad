import { isMet, type Table, type Verdict } from './row.ts'

/** The whole finding as the page that is kept. */
export function toPage(machine: string[], tables: Table[]): string {
  const verdicts = tables
    .flatMap(({ rows }) => rows.flatMap((row) => row.verdicts))
    .filter(({ target }) => target)
  const met = verdicts.filter(isMet).length
  return `# What it does a second, and beside whom

Made by \`npm run bench -- --write\`; everything below comes from one run on one Postgres.

${machine.map((line) => `- ${line}`).join('\n')}
- ${met} of ${verdicts.length} targets met

${METHOD}

## Figures

${tables.map(toMarkdown).join('\n\n')}
`
}

const METHOD = `## How it is measured

Each contestant has a fresh database on the same embedded server, which writes every commit to the disk before it answers.
All run in this one Node process with a pool of ten connections; those of a row take turns, sample by sample, in rotating
order, after one round that is thrown away. Figures are medians; a ratio is the median of the ratios round by round. After
each sample the rows are counted, and a contestant that has not done its work ends the bench.

- **runledger** is the verbs of \`lib/ledger\` with a context as the server makes it: validation, the search for secrets, the
  events, the statistics, leases, fences and signed tokens are all in it. No rate limit is.
- **pg-boss** is \`send\`, \`insert\` (with ids returned), \`fetch\` and \`complete\`; its supervision and cron are off.
- **graphile-worker** is \`addJob\`, \`addJobs\` and its runner with as many jobs in hand as the row's callers hold (4, 40, 400),
  from 10 on with its local queue and batched completions; its start and stop are not counted.
- **raw SQL** is what one would write by hand with \`pg\` and named statements: a table of the same columns, checks and number of
  indexes, rows of the same size, a claim with SKIP LOCKED and a completion under the fence. **History** adds the events and
  the statistics that ours writes. A target of raw SQL is held against both.
- A **run** has a name, three labels and about 190 bytes of input, with the path of a file in it.
- **Finished runs** are made by SQL, each with its three events: over 30 days, 8 kinds, three projects and none (70 %),
  90 % succeeded, 8 % failed; the oldest third archived or deleted.

- **A script that prints** is Node writing line by line into a file, as in a crontab line; through \`cat\` it writes into a pipe, which
  is cheaper than a file. Its time is its own, from its start to its end. The server, its database and its folder of objects are on the
  same cores. Each log is read back and compared by its hash, and a byte that differs ends the bench.
- **An archive** is made of a folder on the disk by a manifest that is there already, as it is before an archive is begun: seven of ten
  files are JSON, two logs, one does not compress. Ours is made in parts, then read back with every file's SHA-256 compared, by one
  process, whose start is not counted; \`tar czf\` and \`tar tzf\` read the same folder, and compare nothing.
- **A run that is archived** has such files as its outputs, in a real ledger: each invocation is a process of its own that calls the verb
  once, as a server does, with Postgres and the folder of objects on the same machine. Its time is the verb's, from the first look at
  the files over the writing, the reading back and the transaction to the last original that is removed. Then the originals are
  gone, tar finds every file in the archive, and restored each has the SHA-256 it had; anything else ends the bench.

What is not fair in it: graphile-worker deletes what has ended and pg-boss keeps one row of it, while ours keeps a row that
lists find in several orders, three events and a count; graphile-worker has nothing to lie behind it, and its runner needs no second
request to be told of a completion. pg-boss is asked by ids, as its examples do, and completes by id and state: a late worker
may end another's attempt. The load
comes from the machine that Postgres runs on, so what saves work in Node shows as much as what saves work in the database;
over HTTP both processes and Postgres share the cores. Finished runs were written in the order of their creation, which is
kind to lists.`

/** A scenario's finding as a Markdown table. */
export function toMarkdown({ title, rows }: Table): string {
  const figures = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))]
  const verdicts = [...new Set(rows.flatMap((row) => row.verdicts.map(({ of }) => of)))]
  const head = [rows[0]?.unit ?? '', ...figures, ...verdicts]
  const lines = rows.map((row) => [
    row.what,
    ...figures.map((name) => toText(row.figures[name])),
    ...verdicts.map((of) => toCell(row.verdicts.find((verdict) => verdict.of === of))),
  ])
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = `|---|${'---:|'.repeat(head.length - 1)}`
  return [`### ${title}`, '', line(head), rule, ...lines.map(line)].join('\n')
}

function toCell(verdict: Verdict | undefined): string {
  if (verdict === undefined) return ''
  const { value, target } = verdict
  if (target === undefined) return toText(value)
  const sign = target.at === 'least' ? '≥' : '≤'
  return `**${toText(value)}** (${sign} ${target.value}: ${isMet(verdict) ? 'met' : 'MISSED'})`
}

function toText(value: number | undefined): string {
  if (value === undefined) return ''
  if (value >= 1_000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
