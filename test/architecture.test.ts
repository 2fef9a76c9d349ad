import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** Every room of the house and its floor; a longer prefix wins. */
const ROOMS: [prefix: string, floor: number][] = [
  ['lib/run/', 0],
  ['lib/files/', 0],
  ['lib/ports/', 1],
  ['lib/archive/', 1],
  ['lib/ledger/', 2],
  ['lib/store/postgres/', 2],
  ['lib/store/sqlite/', 2],
  ['lib/log/', 2],
  ['lib/objects/', 2],
  ['lib/secrets/', 2],
  ['lib/notify/', 2],
  ['lib/client/', 3],
  ['lib/http/', 3],
  ['lib/process/', 3],
  ['lib/demo/', 3],
  ['lib/spool/', 3],
  ['lib/faces/v1/', 4],
  ['lib/faces/docs/', 4],
  ['lib/faces/objects/', 4],
  ['lib/faces/script/', 4],
  ['lib/faces/scripts-runs/', 4],
  ['lib/faces/scraper/', 4],
  ['lib/faces/cron-config/', 4],
  ['lib/faces/admin/', 4],
  ['lib/faces/admin/browser/', 4],
  ['lib/cli/', 4],
  ['lib/worker/', 4],
  ['lib/cron/', 4],
  ['lib/app.ts', 5],
  ['lib/runtime/', 5],
  ['lib/functions/', 6],
  // With the demo beside it.
  ['lib/serve', 6],
  ['lib/worker/main.ts', 6],
  ['lib/worker/index.ts', 6],
  // The command line is the door that opens the others.
  ['lib/cli/main.ts', 7],
  ['lib/cli/runledger.js', 8],
]
const BACKENDS = ['lib/store/', 'lib/objects/', 'lib/log/', 'lib/secrets/', 'lib/notify/']

/** Packages that only some rooms may know. */
const PACKAGES: [pattern: RegExp, rooms: string[]][] = [
  [/^(drizzle-orm|pg|@neondatabase\/serverless|node:sqlite)(\/|$)/, ['lib/store/']],
  [/^@aws-sdk\//, ['lib/objects/s3/']],
  [/^hono(\/|$)/, ['lib/http/', 'lib/faces/', 'lib/cron/', 'lib/app.ts']],
  [/^commander$/, ['lib/cli/program/']],
  [/^string-width$/, ['lib/cli/terminal/']],
  [/^pino(\/|$)/, ['lib/log/']],
  [/^tar-stream$/, ['lib/ledger/outputs/', 'lib/archive/']],
  [/^(@napi-rs\/lzma|xz-decompress)(\/|$)/, ['lib/archive/xz.ts']],
  // Pure, as the model is: what a schedule says, and what that is in words.
  [/^(croner|cronstrue)$/, ['lib/run/schedule']],
  [/^(ipaddr\.js|nodemailer)$/, ['lib/notify/']],
  // They run in browsers, and are built into public/.
  [/^(uplot|idiomorph|esbuild)$/, ['lib/faces/admin/browser/', 'lib/functions/']],
  // What a program has printed in colors, taken apart.
  [/^anser$/, ['lib/faces/admin/run/log/']],
  // The interface alone: whoever runs the process brings the rest, or nothing.
  [/^@opentelemetry\//, ['lib/http/', 'lib/worker/']],
]

/** What only the outside may touch: everything else is given a clock, a configuration, a source of chance. */
const IMPURE: [pattern: RegExp, allowed: string[]][] = [
  [/\bprocess\.env\b/, ['lib/runtime/']],
  [
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\b/,
    [
      'lib/runtime/',
      'lib/store/',
      'lib/objects/',
      'lib/client/',
      'lib/cli/main.ts',
      'lib/faces/admin/browser/',
    ],
  ],
  [/(?<![.\w])fetch\(/, ['lib/runtime/', 'lib/client/', 'lib/faces/admin/browser/']],
]

interface Source {
  path: string
  text: string
  /** Files of ours, as paths from the root. */
  imports: string[]
  packages: string[]
}

const sources = globSync('{lib,api}/**/*.{ts,js}', { cwd: ROOT }).map(toSource)
const graph = new Map(sources.map(({ path, imports }) => [path, imports]))

describe('the house', () => {
  it('has a floor for every file', () => {
    expect(
      sources.map(({ path }) => path).filter((path) => path.startsWith('lib/') && !roomOf(path)),
    ).toEqual([])
  })

  it('imports from floors below and from its own room alone', () => {
    expect(edges().filter(([from, to]) => !mayImport(from, to))).toEqual([])
  })

  it('has no circle', () => {
    expect(findCircle()).toEqual([])
  })

  it('opens its backends in lib/runtime alone', () => {
    const isBackend = (path: string) => BACKENDS.some((prefix) => path.startsWith(prefix))
    const strangers = edges().filter(
      ([from, to]) => isBackend(to) && !isBackend(from) && !from.startsWith('lib/runtime/'),
    )
    expect(strangers).toEqual([])
  })

  it('keeps the model free of everything but zod, and what reads schedules', () => {
    const model = sources.filter(({ path }) => path.startsWith('lib/run/'))
    expect(
      model.flatMap(({ path, packages }) =>
        packages.filter((name) => !/^(zod|croner|cronstrue)$/.test(name)).map((name) => [path, name]),
      ),
    ).toEqual([])
  })

  it.each(PACKAGES)('lets %s in where it belongs', (pattern, rooms) => {
    const found = sources.flatMap(({ path, packages }) =>
      packages.filter((name) => pattern.test(name)).map((name) => [path, name]),
    )
    expect(found.filter(([path]) => !rooms.some((room) => path?.startsWith(room)))).toEqual([])
  })

  it.each(IMPURE)('keeps %s outside', (pattern, allowed) => {
    const found = sources.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path)
    expect(found.filter((path) => !allowed.some((room) => path.startsWith(room)))).toEqual([])
  })

  it('opens to the platform by one line a door', () => {
    const doors = sources.filter(({ path }) => path.startsWith('api/'))
    expect(doors.length).toBeGreaterThan(0)
    expect(doors.filter(({ text }) => text.trim().split('\n').length !== 1)).toEqual([])
  })
})

describe('the check itself', () => {
  it('catches an import of a floor above, of a neighbor and of a backend', () => {
    expect(mayImport('lib/ledger/runs/get-run.ts', 'lib/http/route.ts')).toBe(false)
    expect(mayImport('lib/faces/v1/index.ts', 'lib/cli/local-verbs.ts')).toBe(false)
    expect(mayImport('lib/store/postgres/open.ts', 'lib/store/sqlite/open.ts')).toBe(false)
    expect(mayImport('lib/http/route.ts', 'lib/ledger/runs/get-run.ts')).toBe(true)
    expect(mayImport('lib/faces/v1/index.ts', 'lib/faces/v1/shapes.ts')).toBe(true)
  })

  it('sees every form of import', () => {
    const text = `import a from './a.ts'\nimport type { B } from './b.ts'\nexport * from './c.ts'\nawait import('./d.ts')\nimport './e.ts'`
    expect(specifiersIn(text)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts'])
  })
})

function toSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const specifiers = specifiersIn(text)
  return {
    path,
    text,
    imports: specifiers
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(path), name))),
    packages: specifiers.filter((name) => !name.startsWith('.')),
  }
}

function specifiersIn(text: string): string[] {
  const pattern =
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|\bimport\s*'([^']+)'/g
  return [...text.matchAll(pattern)].map(([, from, lazy, bare]) => from ?? lazy ?? bare ?? '')
}

function roomOf(path: string): { room: string; floor: number } | undefined {
  const [longest] = ROOMS.filter(([prefix]) => path.startsWith(prefix)).sort(
    ([a], [b]) => b.length - a.length,
  )
  return longest && { room: longest[0], floor: longest[1] }
}

function edges(): [from: string, to: string][] {
  return sources
    .filter(({ path }) => path.startsWith('lib/'))
    .flatMap(({ path, imports }) => imports.map((to): [string, string] => [path, to]))
}

function mayImport(from: string, to: string): boolean {
  const [above, below] = [roomOf(from), roomOf(to)]
  return (
    above !== undefined && below !== undefined && (above.room === below.room || above.floor > below.floor)
  )
}

function findCircle(): string[] {
  const done = new Set<string>()
  const visit = (path: string, trail: string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return []
    for (const next of graph.get(path) ?? []) {
      const circle = visit(next, [...trail, path])
      if (circle.length > 0) return circle
    }
    done.add(path)
    return []
  }
  for (const path of graph.keys()) {
    const circle = visit(path, [])
    if (circle.length > 0) return circle
  }
  return []
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
}
