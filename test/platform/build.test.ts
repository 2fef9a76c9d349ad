import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { serveBuiltOutput } from '../support/serve-output.ts'
import { type BuiltProject, buildProject, filesBelow, nodes, sizeBelow } from './built-project.ts'
import { smoke } from './smoke.ts'

const adminKey = 'an-admin-key-for-the-smoke-test'

let project: BuiltProject
let database: TestDatabase
/** All that the functions are given; they inherit nothing. */
let env: Record<string, string>
let functions: string[]

beforeAll(async () => {
  database = await createDatabase()
  env = {
    DATABASE_URL: database.url,
    RUNLEDGER_SECRET: randomBytes(32).toString('hex'),
    RUNLEDGER_ADMIN_KEY: adminKey,
  }
  project = await buildProject()
  const files = await filesBelow(join(project.output, 'functions'))
  functions = files.filter((path) => path.endsWith('.func/.vc-config.json')).map(dirname)
})

afterAll(async () => {
  await project?.remove()
  await database?.drop()
})

test('every file in api/ becomes a function on Node 24', async () => {
  const sources = await filesBelow(join(import.meta.dirname, '..', '..', 'api'))
  expect(functions).toEqual(sources.map((path) => `api/${path.replace(/\.js$/, '.func')}`).sort())
  for (const name of functions) {
    const config = await readJson<{ runtime: string; maxDuration: number }>(
      `functions/${name}/.vc-config.json`,
    )
    expect(config, name).toMatchObject({ runtime: 'nodejs24.x', maxDuration: 300 })
  }
})

test('the static output is public/ and nothing else', async () => {
  const published = await filesBelow(join(project.output, 'static'))
  expect(published).toEqual(await filesBelow(join(import.meta.dirname, '..', '..', 'public')))
})

test('a function is its bundle: no package, no source, no test, nothing native', async () => {
  for (const name of functions.filter((one) => !one.startsWith('api/cron/'))) {
    const files = await filesBelow(join(project.output, 'functions', name))
    expect(
      files.filter((path) => !OF_A_BUNDLE.test(path)),
      name,
    ).toEqual([])
    expect(await mappedFiles(name)).toEqual([])
  }
})

test('what cron calls has besides what it takes to compress archives by xz and bzip2, and no more', async () => {
  for (const name of functions.filter((one) => one.startsWith('api/cron/'))) {
    const files = await filesBelow(join(project.output, 'functions', name))
    const more = files.filter((path) => !OF_A_BUNDLE.test(path))
    expect(
      more.filter((path) => !/^node_modules\/@napi-rs\/lzma[\w-]*\//.test(path)),
      name,
    ).toEqual([])
    expect(more.filter((path) => path.endsWith('.node'))).toHaveLength(1)
    expect(await mappedFiles(name)).toEqual(['node_modules/bzip2-wasm/bzip2-1.0.8/bzip2.wasm'])
  }
})

test('every function is under 8 MB', async () => {
  for (const name of functions) {
    const size = await sizeBelow(join(project.output, 'functions', name))
    console.log(`${name}: ${Math.ceil(size / 1000)} kB`)
    expect(size, name).toBeLessThan(8_000_000)
  }
})

test('there are cron entries, each for a function, and none finer than daily, which a Hobby deploy refuses', async () => {
  const { crons } = await readJson<{ crons: { path: string; schedule: string }[] }>('config.json')
  expect(crons.length).toBeGreaterThan(0)
  for (const { path, schedule } of crons) {
    expect(functions).toContain(`${path.slice(1)}.func`)
    expect(schedule, path).toMatch(/^\d{1,2} \d{1,2} \S+ \S+ \S+$/)
  }
})

describe.each(Object.entries(nodes))('on Node %s', (version, node) => {
  test('the API function is imported (its time is printed, not judged)', async () => {
    const times: number[] = []
    for (let run = 0; run < 5; run++) times.push(await coldImport(node))
    times.sort((a, b) => a - b)
    console.log(
      `cold import of the API function on Node ${version}: ${times[2]} ms (of 5: ${times.join(', ')})`,
    )
  })

  test.each([undefined, 'a-secret-of-sixteen-or-more'])(
    'the output answers, CRON_SECRET being %s',
    async (secret) => {
      const given = secret ? { ...env, CRON_SECRET: secret } : env
      const served = await serveBuiltOutput(project.output, { node, env: given })
      try {
        await smoke({ url: served.url, cronSecret: secret, adminKey })
      } finally {
        await served.close()
      }
    },
  )
})

test('a function without its configuration says which variable it lacks', async () => {
  const served = await serveBuiltOutput(project.output, { node: Object.values(nodes)[0] as string, env: {} })
  try {
    const answer = await fetch(`${served.url}/v1/runs`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('DATABASE_URL') })
  } finally {
    await served.close()
  }
})

const OF_A_BUNDLE = /^(\.vc-config\.json|package\.json|api\/[\w/-]+\.js|\.build\/[\w-]+\.js)$/

/** Files that the platform adds from the checkout when it deploys. */
async function mappedFiles(name: string): Promise<string[]> {
  const { filePathMap = {} } = await readJson<{ filePathMap?: Record<string, string> }>(
    `functions/${name}/.vc-config.json`,
  )
  return Object.keys(filePathMap)
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(project.output, path), 'utf8')) as T
}

async function coldImport(node: string): Promise<number> {
  const handler = pathToFileURL(join(project.output, 'functions/api/index.func/api/index.js'))
  const script = `const start = performance.now(); await import('${handler}'); console.log(performance.now() - start); process.exit()`
  const { stdout } = await promisify(execFile)(node, ['--input-type=module', '-e', script], { env })
  return Math.round(Number(stdout.trim().split('\n').at(-1)))
}
