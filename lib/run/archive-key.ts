import type { ArchiveCompression } from './archive-manifest.ts'

const EXTENSIONS: Record<ArchiveCompression, string> = { gzip: 'tar.gz', bz2: 'tar.bz2', xz: 'tar.xz' }

/**
 * The key of a run's archive: `{base}/{YYYY}/{MM}/{folder}.tar.gz`, year and month of the folder's name; a later attempt's is
 * `{folder}~{attempt}.tar.gz`, so that none overwrites another. Source 002.
 */
export function archiveKey(
  base: string,
  { folder, attempt, compression }: { folder: string; attempt: number; compression: ArchiveCompression },
): string {
  const [year, month] = [folder.slice(0, 4), folder.slice(4, 6)]
  return `${base}/${year}/${month}/${folder}${attempt > 1 ? `~${attempt}` : ''}.${EXTENSIONS[compression]}`
}
