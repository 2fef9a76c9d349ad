import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')
const SOURCES = join(ROOT, 'lib/faces/admin/browser')

/** Makes what browsers are sent, `dashboard.js` and `dashboard.css`: the same bytes from the same sources. */
export async function buildAssets(folder: string): Promise<void> {
  await build({
    entryPoints: [join(SOURCES, 'dashboard.ts'), join(SOURCES, 'dashboard.css')],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    legalComments: 'none',
    logLevel: 'warning',
  })
}

if (process.argv[1] === import.meta.filename) await buildAssets(join(ROOT, 'public/assets'))
