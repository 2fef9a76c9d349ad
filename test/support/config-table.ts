import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Environment, metaOf } from '../../lib/runtime/config.ts'

const README = join(import.meta.dirname, '../../README.md')
const [BEGIN, END] = ['<!-- configuration: made by `npm run readme` -->', '<!-- /configuration -->']

/** The README with its table of configuration made anew from the schema. */
export function withConfigTable(readme: string): string {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`README.md lacks ${BEGIN} … ${END}`)
  return `${before}${BEGIN}\n${configTable()}${END}${after}`
}

function configTable(): string {
  const rows = Object.entries(Environment.shape).map(([name, schema]) => {
    const { description = '', allowed } = metaOf(name)
    const text = allowed ? `${description}. Allowed: ${allowed}` : description
    return `| \`${name}\` | ${defaultOf(schema)} | ${text} |\n`
  })
  return `| variable | default | |\n|---|---|---|\n${rows.join('')}`
}

function defaultOf(schema: z.ZodType): string {
  return schema instanceof z.ZodDefault ? `\`${schema.parse(undefined)}\`` : ''
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(README, withConfigTable(readFileSync(README, 'utf8')))
