import { z } from 'zod'

const SEGMENT_BYTES = 255
/** An object's key has 1,024 bytes, with the run's folder in front. */
const PATH_BYTES = 900
const TOO_LONG = `must not be over ${PATH_BYTES} bytes of UTF-8`

/** Controls, line separators, and the marks that turn the direction of what is shown after them. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

/**
 * The name of a file that a run produced: segments joined by slashes, below the run's folder. In NFC, so that two ways to compose
 * one text are one name; letters that look alike, and capitals and small letters, are different names. Source 002.
 */
export const OutputPath = z
  .string()
  // Far above what can pass, so that no huge text is normalized.
  .max(PATH_BYTES * 4, TOO_LONG)
  .transform((text) => text.normalize('NFC'))
  .superRefine((path, check) => {
    const fault = faultOf(path)
    if (fault !== null) check.addIssue({ code: 'custom', message: fault })
  })
  .meta({
    description:
      'Below the run’s folder, its segments joined by `/`: none of them empty, `.` or `..`. Kept in Unicode’s NFC',
    example: 'reports/2026/customers.csv',
  })

/**
 * The key of an output's object. What a later claim of the run produces has a folder of its own, so that a paused worker cannot
 * overwrite its successor.
 */
export function outputKey(folderName: string, fence: number, path: string): string {
  return `jobs/${folderName}/${fence > 1 ? `.${fence}/` : ''}${path}`
}

/** The run, the claim and the path that an object's key was made of; null where it is none of an output. */
export function fromOutputKey(key: string): { runId: string; fence: number; path: string } | null {
  const [, runId, fence = '1', path] = /^jobs\/\d{8}_\d{6}_([^/]+)\/(?:\.(\d+)\/)?(.+)$/s.exec(key) ?? []
  return runId === undefined || path === undefined ? null : { runId, fence: Number(fence), path }
}

/** The last segment: what the file is called where it is saved. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function faultOf(path: string): string | null {
  if (path === '') return 'must not be empty'
  if (!path.isWellFormed()) return 'must not hold halves of surrogate pairs'
  if (UNSHOWN.test(path)) return 'must not hold control characters, line ends or marks of text direction'
  if (path.includes('\\')) return 'must not hold backslashes; segments are joined by /'
  if (path.startsWith('/')) return 'must not begin with /; it is below the run’s folder'
  const segments = path.split('/')
  if (segments.includes('')) return 'must not hold empty segments, nor end with /'
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return 'must not hold the segments . or ..'
  if (segments.some((segment) => byteLength(segment) > SEGMENT_BYTES))
    return `must not hold a segment of over ${SEGMENT_BYTES} bytes of UTF-8`
  if (/^\.\d+$/.test(segments[0] ?? ''))
    return 'must not begin with a dot and a number alone; there the files of later attempts are'
  return byteLength(path) > PATH_BYTES ? TOO_LONG : null
}

const byteLength = (text: string) => new TextEncoder().encode(text).length
