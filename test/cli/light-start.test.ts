import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHome, runCli } from '../support/cli.ts'

describe('a command that has to start at once', () => {
  let home: Awaited<ReturnType<typeof makeHome>>
  beforeAll(async () => {
    home = await makeHome()
  })
  afterAll(() => home?.remove())

  it.each([[['exec', '--kind', 'light', '--', 'true']], [['runs', 'list']]])(
    '%j loads nothing that only servers and workers need',
    async (args) => {
      const file = join(home.path, `${args[0]}.txt`)
      const preload = `--import ${join(import.meta.dirname, 'support/note-modules.mjs')}`
      const env = { HOME: home.path, NODE_OPTIONS: preload, MODULES_FILE: file }
      expect(await runCli(args, { env })).toMatchObject({ code: 0, stderr: '' })
      const loaded = (await readFile(file, 'utf8')).split('\n')
      expect(loaded.filter((url) => url.includes('/lib/cli/'))).not.toEqual([])
      expect(
        loaded.filter((url) => /\/(pino|@opentelemetry|hono)\/|\/lib\/(log\/pino|http)/.test(url)),
      ).toEqual([])
    },
  )
})
